import type { ServerKey, ServiceKey } from '../../src/domain/address.ts';
import type { AroundRecord } from '../../src/domain/around/around.ts';
import type { GuardReport } from '../../src/domain/health/guard-report.ts';
import { type Freeze, freezeId } from '../../src/domain/rollout/freeze.ts';
import { type SequenceRecord, withItem } from '../../src/domain/rollout/sequence.ts';
import type { RecordKinds } from '../../src/rollout/records.ts';
import { defaultPolicy } from '../support/simulated-rollout.ts';

const around: AroundRecord = {
  around: 'around-1',
  startedMs: 1,
  access: [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }],
  command: ['reboot', '{server}'],
  commandTimeoutMs: 1_000,
  force: false,
  terms: {
    kind: 'options',
    out: {},
    in: { check: { values: ['tcp'], layer: 'command-line', where: '--check' } },
  },
  batches: [],
};

const probe = { kind: 'tcp' } as const;
const check = { probe, timeoutMs: 1, intervalMs: 2, rise: 3, fall: 4 };
const gate = { kind: 'command', words: ['./smoke.sh'] } as const;

/** Every setting that a rollout of a sequence can have. */
const sequence: SequenceRecord = {
  sequence: 'sequence-1',
  startedMs: 1,
  file: 'plan.yaml',
  first: 2,
  count: 3,
  items: [
    {
      isDone: false,
      order: {
        directors: [{ where: 'ssh://lb1', ipvsadm: 'sudo ipvsadm', name: 'lb1' }],
        names: [['db1', '10.0.0.7']],
        groups: [['blue', ['10.0.0.1', 'web2:80']]],
        from: ['blue'],
        to: [{ name: 'db1', share: 2.5 }, { name: '10.0.0.2' }],
        services: ['tcp/10.0.0.100:80' as ServiceKey],
        ramp: {
          overMs: 1,
          everyMs: 1,
          curve: 's-curve',
          percentages: [50, 100],
          stops: [{ holdMs: 5, manual: true, gates: [gate] }, {}],
        },
        weight: 8,
        setScheduler: 'wrr',
        restoreScheduler: true,
        policy: { ...defaultPolicy, quorum: 1 },
        allowDifferences: true,
        gates: { check, gates: [gate] },
        reason: 'as in git',
      },
    },
    {
      isDone: false,
      order: {
        ...{ directors: [], names: [], groups: [], from: ['10.0.0.3'], allowDifferences: false },
        ramp: { overMs: 0, everyMs: 1, curve: 'linear' },
        policy: defaultPolicy,
      },
    },
  ],
};

const actor = { user: 'anna', host: 'lb1', run: 'https://ci/7', reason: 'kernel' };
const acts = [
  { act: 'started', atMs: 1, actor },
  { act: 'resumed', atMs: 2, actor: { user: 'root', host: 'lb1', program: 'drain resume --all' } },
] as const;

const held = { outcome: 'held', exitCode: 5, message: 'rollout 2 of 3 ended' } as const;

const freeze: Freeze = {
  ...{ user: 'anna', host: 'lb1', run: 'https://ci/7', reason: 'Black Friday' },
  ...{ sinceMs: 1_000, untilMs: 2_000 },
};

const guardReport: GuardReport = {
  ...{ guard: 'guard-1', table: 'ipvsadm', director: 'local', host: 'lb1', pid: 7 },
  ...{ file: '/etc/drain/guard.yaml', sinceMs: 1_000, aliveMs: 2_000, patienceMs: 15_000 },
  services: [
    {
      ...{ service: 'tcp/10.0.0.100:80' as ServiceKey, servers: 3, up: 2, answeredMs: 1_999 },
      ...{ allDead: false, isLeftToRollout: false },
      bad: [
        {
          ...{ server: '10.0.0.1:80' as ServerKey, verdict: 'down', sinceMs: 1_500 },
          ...{ detail: 'refused', askedMs: 1_999, flaps: 2, kept: 'min-serving' },
        },
      ],
    },
  ],
  more: 1,
};

const done = { outcome: 'done', exitCode: 0, message: 'done' } as const;

/**
 * A record of each kind with every field that it can have, and what replaces it, under the id that is given
 * or that all records of the kind have.
 */
export const recordSamples: {
  readonly [Kind in keyof RecordKinds]: (id: string) => {
    readonly id: string;
    readonly first: RecordKinds[Kind];
    readonly next: RecordKinds[Kind];
  };
} = {
  arounds: (id) => {
    const first = { ...around, around: id };
    return { id, first, next: { ...first, end: done, acts } };
  },
  sequences: (id) => {
    const first = { ...sequence, sequence: id };
    const next = { ...withItem(first, 0, { rollout: 'r1', isDone: true }), end: held, acts };
    return { id, first, next };
  },
  guards: (id) => {
    const first = { ...guardReport, guard: id };
    return { id, first, next: { ...first, aliveMs: 9_000 } };
  },
  freezes: () => ({ id: freezeId, first: freeze, next: { ...freeze, reason: 'Cyber Monday' } }),
};
