import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AroundBatch, AroundEnd } from '../../../src/domain/around/around.ts';
import type { DrainEvent, Outcome } from '../../../src/domain/events/event.ts';
import type { CheckSpec, GateSpec } from '../../../src/domain/health/gate.ts';
import type {
  Plan,
  RolloutPolicy,
  ScheduledStep,
  ServicePlan,
} from '../../../src/domain/rollout/plan.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import type { ControlRequest } from '../../../src/rollout/requests.ts';
import type { TraceEntry } from '../../../src/rollout/state/trace.ts';
import type { entryWords, milestoneWords } from '../../../src/store/journal-schema.ts';
import { fixtures, textsOf } from '../../support/fixtures.ts';

/**
 * What there is of a kind, and whether version 0.1.0 wrote it into files. What comes later is false: no
 * fixture of that version can have it, and the compiler asks.
 */
type Written<Kind extends string> = Readonly<Record<Kind, boolean>>;

/** As it is on disk. */
type Word<Table> = Extract<Table[keyof Table], string>;

const texts = await textsOf(join(fixtures, '0.1.0'));
const tree = Object.entries(
  JSON.parse(texts.get('etcd-tree/tree.json') ?? '{}') as Readonly<Record<string, string>>,
);

type Tree = Readonly<Record<string, unknown>>;

const linesOf = (ending: string): readonly Tree[] =>
  [...texts]
    .filter(([file]) => file.endsWith(ending))
    .flatMap(([, text]) => text.split('\n').filter((line) => line !== ''))
    .map((line) => JSON.parse(line) as Tree);
const filesOf = (folder: string): readonly Tree[] =>
  [...texts]
    .filter(([file]) => file.includes(`/state/${folder}/`) || file.endsWith(`/${folder}`))
    .map(([, text]) => JSON.parse(text) as Tree);

const journals = linesOf('.jsonl');
const traces = linesOf('.trace');
const arounds = filesOf('arounds');
const requests = linesOf('.ask');
const compiled = filesOf('plan.json');
const everything: readonly Tree[] = [journals, traces, arounds, requests, compiled].flat();

/** All values of fields of this name, wherever they are. */
function valuesOf(name: string, from: unknown): readonly unknown[] {
  if (typeof from !== 'object' || from === null) return [];
  return Object.entries(from).flatMap(([field, value]) => [
    ...(field === name ? [value] : []),
    ...valuesOf(name, value),
  ]);
}

/** The fields that any of these objects has. */
const fieldsOf = (values: readonly unknown[]): readonly string[] =>
  values.flatMap((value) => Object.keys(value as object));

function expectAll(kinds: Written<string>, found: readonly unknown[]): void {
  const wanted = Object.entries(kinds).flatMap(([kind, isWritten]) => (isWritten ? [kind] : []));
  expect(wanted.filter((kind) => !found.includes(kind))).toEqual([]);
}

it('every entry of a journal is in the fixtures', () => {
  const kinds: Written<Word<typeof entryWords>> = {
    opened: true,
    intended: true,
    reached: true,
    drained: true,
    undrained: true,
    'bystander-changed': true,
    'director-lost': true,
    'director-reset': true,
    'director-regained': true,
    'turned-back': true,
    resumed: true,
    // Later than those fixtures.
    accepted: false,
    rescaled: false,
    'step-inserted': false,
    promoted: false,
    'setting-borrowed': false,
    'setting-returned': false,
    paused: true,
    continued: true,
    ended: true,
  };
  expectAll(
    kinds,
    journals.map(({ type }) => type),
  );
  const kept = tree.filter(([key]) => key.startsWith('journals/'));
  expect(kept.some(([, value]) => value.startsWith('gzip:'))).toBe(true);
});

it('every milestone, every end and both ways back are in the fixtures', () => {
  const milestones: Written<Word<typeof milestoneWords>> = {
    step: true,
    retire: true,
    back: true,
    return: true,
    'base-scale': false,
  };
  expectAll(
    milestones,
    valuesOf(
      'kind',
      journals.map(({ milestone }) => milestone),
    ),
  );
  // Refused is a rollout that has no journal; failed is one whose journal took no more.
  const outcomes: Written<Outcome> = {
    done: true,
    held: true,
    'rolled-back': true,
    refused: false,
    failed: false,
  };
  expectAll(
    outcomes,
    journals.map(({ outcome }) => outcome),
  );
  const back = journals.filter(({ type }) => type === 'turned-back');
  expect(new Set(back.map(({ ramp }) => ramp !== undefined))).toEqual(new Set([true, false]));
  const pauses = journals.filter(({ type }) => type === 'paused');
  expect(pauses.some(({ manualStep }) => manualStep !== undefined)).toBe(true);
});

it('every part of a plan is in the fixtures', () => {
  const plans = valuesOf('plan', everything);
  const ofPlan: Written<keyof Plan> = {
    from: true,
    to: true,
    overMs: true,
    everyMs: true,
    schedule: true,
    directors: true,
    policy: true,
    gates: true,
    until: false,
    move: false,
    startsAtMs: false,
    windows: false,
    names: false,
  };
  expectAll(ofPlan, fieldsOf(plans));
  const ofPolicy: Written<keyof RolloutPolicy> = {
    drainTimeoutMs: true,
    settleMs: true,
    pollMs: true,
    onTimeout: true,
    onFailure: true,
    onInterrupt: true,
    keep: true,
    quorum: true,
    // Of this version.
    skipsConnect: false,
    skipsIpvsGate: false,
    mayEmpty: false,
  };
  const policies = valuesOf('policy', plans);
  expectAll(ofPolicy, fieldsOf(policies));
  expectAll({ hold: true, remove: true, rollback: true }, valuesOf('onTimeout', policies));
  expectAll({ hold: true, rollback: true }, valuesOf('onFailure', policies));
  expectAll({ hold: true, rollback: true }, valuesOf('onInterrupt', policies));
  const ofStep: Written<keyof ScheduledStep> = {
    atMs: true,
    fraction: true,
    manual: true,
    gates: true,
  };
  expectAll(ofStep, fieldsOf(valuesOf('schedule', plans).flat()));
  const ofService: Written<keyof ServicePlan> = {
    service: true,
    baseline: true,
    scheduler: true,
    oldServers: true,
    newServers: true,
    servers: true,
    added: true,
    steps: true,
    finalWeights: true,
    scale: true,
    moving: false,
    rescaled: false,
    managedBy: false,
    watched: false,
    // Since 0.2.0.
    restoresScheduler: false,
    out: false,
    floor: false,
  };
  expectAll(ofService, fieldsOf(valuesOf('services', plans).flat()));
  expect(valuesOf('syncGroup', plans)).toContain(7);
  expectAll({ masq: true, route: true, tunnel: true }, valuesOf('forwarding', plans));
  expectAll({ timeoutS: true, netmask: true }, fieldsOf(valuesOf('persistence', plans)));
  expectAll({ type: true, port: true, checksum: true }, fieldsOf(valuesOf('tunnel', plans)));
  expectAll({ true: true, false: true }, valuesOf('onePacket', plans).map(String));
});

it('every kind of gate is in the fixtures', () => {
  const gates: Written<GateSpec['kind']> = { command: true, http: true, prometheus: true };
  expectAll(gates, valuesOf('kind', valuesOf('gates', everything)));
  const probes: Written<CheckSpec['probe']['kind']> = { http: true, tcp: true };
  expectAll(probes, valuesOf('kind', valuesOf('probe', everything)));
  expectAll({ text: true, pattern: true }, valuesOf('kind', valuesOf('body', everything)));
  expect(valuesOf('host', valuesOf('probe', everything))).toContain('www.example.com');
});

it('every phase and end of an around is in the fixtures', () => {
  const phases: Written<AroundBatch['phase']> = {
    waiting: true,
    out: true,
    command: true,
    in: true,
    done: true,
  };
  expectAll(phases, valuesOf('phase', arounds));
  const ends: Written<AroundEnd['outcome']> = {
    ...{ done: true, held: true, 'rolled-back': true },
    // Since 0.2.0.
    failed: false,
  };
  expectAll(ends, valuesOf('outcome', arounds));
  for (const field of ['process', 'checkTimeout', 'commandTimeoutMs', 'check']) {
    expect(valuesOf(field, arounds)).not.toEqual([]);
  }
  expect(tree.some(([key]) => key.startsWith('arounds/'))).toBe(true);
});

it('both reasons of a mark and every request are in the fixtures', () => {
  const reasons: Written<MaintenanceMark['reason']> = { operator: true, health: true };
  expectAll(reasons, valuesOf('reason', filesOf('out')));
  expect(tree.some(([key]) => key.startsWith('marks/'))).toBe(true);
  // One that goes on is asked of a rollout that runs, and taken.
  const kinds: Written<ControlRequest['kind']> = {
    pause: true,
    rollback: true,
    continue: false,
    promote: false,
  };
  expectAll(kinds, valuesOf('kind', requests));
  expect(valuesOf('pace', requests)).not.toEqual([]);
  expect(tree.some(([key]) => key.startsWith('requests/'))).toBe(true);
});

it('every entry of a trace is in the fixtures, with the events of a rollout', () => {
  const kinds: Written<TraceEntry['type']> = { event: true, totals: true, environment: true };
  expectAll(
    kinds,
    traces.map(({ type }) => type),
  );
  const events: Written<DrainEvent['type']> = {
    // The plan is in the journal.
    planned: false,
    warning: true,
    'step-applied': true,
    sampled: true,
    'gate-passed': true,
    'gate-failed': true,
    'gate-waiting': false,
    waiting: false,
    paused: true,
    continued: true,
    held: true,
    quiesced: true,
    're-asserted': false,
    'not-draining': true,
    drained: true,
    removed: true,
    'drift-detected': true,
    'rollback-started': true,
    'rolled-back': true,
    finished: true,
  };
  expectAll(events, valuesOf('type', valuesOf('event', traces)));
});

it('directors are reached in every way that there is', () => {
  const ways = valuesOf('where', valuesOf('access', everything)).map((where) =>
    String(where).replace(/:.*/, ''),
  );
  expectAll({ local: true, sim: true, ssh: true }, ways);
});

it('no fixture says on which machine it was made', () => {
  for (const [file, text] of texts) expect(text, file).not.toMatch(/\/(?:tmp|home|root|work)\//);
});
