import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import { decideDrain } from '../../../../src/rollout/decide/drain.ts';
import { afterAnswer, afterAsking, unasked } from '../../../../src/rollout/gates/gate-state.ts';
import type { DrainWatch } from '../../../../src/rollout/observe/drain-verdict.ts';
import type { LiveDirector, Observation } from '../../../../src/rollout/observe/observation.ts';
import { drainKey } from '../../../../src/rollout/state/director-state.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  fresh,
  listedAt,
  old,
  oldKey,
  reachedOn,
  type StateSketch,
  seenOf,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

const sinceMs = 60_000;
const nowMs = 70_000;
const counted = { atMs: sinceMs, totals: new Map(), ended: new Map() };
const open: DrainWatch = { verdict: { kind: 'draining', connections: 3 } };
const quiet: DrainWatch = { verdict: { kind: 'drained' } };
const unsure: DrainWatch = { verdict: { kind: 'needs-connections' } };
const drained: JournalBody = { type: 'drained', service: web, server: old };
const turned: JournalBody = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 };

const stateOf = (entries: readonly JournalBody[], more: StateSketch = {}) =>
  stateAfter(
    [
      ...reachedOn(more.directors ?? ['lb1'], { kind: 'step', step: 12 }, sinceMs),
      ...entries.map((entry) => ({ ...entry, atMs: sinceMs })),
    ],
    more,
  );
const decided = (
  state: RolloutState,
  watches: Record<string, DrainWatch>,
  more: Partial<Observation> = {},
  { atMs = nowMs, live = {} }: { atMs?: number; live?: Partial<LiveDirector> } = {},
) => {
  const directors = [...state.directors.keys()].map(
    (name) => [name, listedAt(state, name, atMs, live)] as const,
  );
  const seen = { watches: new Map(Object.entries(watches)), counted, ...more };
  return decideDrain(state, seenOf(Object.fromEntries(directors), seen), atMs);
};
const retire = (servers: readonly string[], last = true) => ({
  milestone: { kind: 'retire', service: web, servers, last },
});
const gate = (askedMs: number) =>
  afterAnswer(
    afterAsking(
      unasked({
        gate: {
          name: 'errors',
          kind: 'prometheus',
          ask: async () => ({ passed: true, detail: '' }),
        },
        timing: { intervalMs: 3_000, timeoutMs: 1_000, rise: 1, fall: 3, when: 'always' },
      } as never),
      askedMs,
    ),
    { passed: true, detail: '' },
    askedMs + 10,
  );
const gates = (askedMs: number) => ({ gates: new Map([['errors', gate(askedMs)]]) });

describe('an empty server whose gate was not asked since the last step', () => {
  const empty = stateOf([drained]);

  it('stays until the gate has passed', () => {
    expect(decided(empty, { [oldKey]: quiet }, gates(59_999))).toMatchObject({ kind: 'wait' });
    expect(decided(empty, { [oldKey]: quiet }, gates(60_000))).toMatchObject({
      kind: 'reach',
      goals: [retire([old])],
    });
  });

  it('is not read again meanwhile, but one that is not empty yet is', () => {
    expect(decided(empty, { [oldKey]: unsure }, gates(59_999))).toMatchObject({ kind: 'wait' });
    expect(decided(stateOf([]), { [oldKey]: unsure }, gates(59_999))).toEqual({ kind: 'look' });
  });

  it('leaves at the deadline all the same', () => {
    const late = { atMs: sinceMs + 600_000 };
    expect(decided(empty, { [oldKey]: quiet }, gates(59_999), late)).toMatchObject({
      kind: 'reach',
    });
  });
});

describe('two old servers of one service', () => {
  const more = {
    sketch: { from: '10.0.0.1,10.0.0.3' },
    service: wrrService([
      realServer('10.0.0.1', 100),
      realServer('10.0.0.3', 100),
      realServer('10.0.0.4', 100),
    ]),
  };
  const second = '10.0.0.3:80' as typeof old;
  const secondKey = drainKey(web, second);
  const one = stateOf([drained], more);

  it('leave one by one, and the scale goes with the last', () => {
    const first = decided(one, { [oldKey]: quiet, [secondKey]: open });
    expect(first).toMatchObject({ kind: 'reach', goals: [retire([old], false)] });
    const left = stateOf(
      [
        drained,
        ...reachedOn(['lb1'], {
          ...retire([old], false).milestone,
          kind: 'retire',
          servers: [old],
        }),
        { type: 'drained', service: web, server: second },
      ],
      more,
    );
    expect(decided(left, { [oldKey]: quiet, [secondKey]: quiet })).toMatchObject({
      goals: [retire([second], true)],
    });
  });

  it('are counted and waited for while a gate keeps the empty one', () => {
    const watches = { [oldKey]: quiet, [secondKey]: open };
    expect(decided(one, watches, gates(59_999))).toMatchObject({ kind: 'wait' });
    const uncounted = { ...gates(59_999), counted: undefined } as never;
    const unsureYet = { [oldKey]: unsure, [secondKey]: open };
    expect(decided(one, unsureYet, uncounted)).toEqual({ kind: 'count' });
  });

  it('that are kept have their final weights when both are empty', () => {
    const kept = { ...more, sketch: { ...more.sketch, policy: { keep: true } } };
    const watches = { [oldKey]: quiet, [secondKey]: open };
    expect(decided(stateOf([drained], kept), watches)).toMatchObject({ kind: 'wait' });
    const both = stateOf([drained, { type: 'drained', service: web, server: second }], kept);
    expect(decided(both, watches)).toMatchObject({ kind: 'refill', server: second });
    expect(decided(both, { [oldKey]: quiet, [secondKey]: quiet })).toMatchObject({
      goals: [retire([], true)],
    });
  });

  it('are removed at the deadline together where asked', () => {
    const removing = stateOf([drained], {
      ...more,
      sketch: { ...more.sketch, policy: { onTimeout: 'remove' } },
    });
    const atMs = sinceMs + 600_000;
    const watches = { [oldKey]: quiet, [secondKey]: open };
    expect(decided(removing, watches, { explainedMs: atMs }, { atMs })).toMatchObject({
      goals: [retire([old, second], true)],
    });
  });
});

describe('a server on two directors', () => {
  const directors = ['lb1', 'lb2'];
  const milestone = { kind: 'retire', service: web, servers: [old], last: true } as const;

  it('is taken from the one that still has it', () => {
    const half = stateOf([drained, ...reachedOn(['lb1'], milestone)], { directors });
    expect(decided(half, { [oldKey]: quiet })).toMatchObject({
      kind: 'reach',
      goals: [{ milestone, directors: ['lb2'] }],
    });
  });

  it('is counted with one of them in trouble at the deadline alone', () => {
    const trouble = { count: 1, retryAtMs: 0, failure: {} as never };
    const state = stateOf([], { directors });
    const lb2 = listedAt(state, 'lb2', nowMs, { troubles: { listing: trouble } });
    const seen = seenOf(
      { lb1: listedAt(state, 'lb1', nowMs), lb2 },
      { watches: new Map([[oldKey, open]]) },
    );
    expect(decideDrain(state, seen, nowMs)).toEqual({ kind: 'wait', untilMs: sinceMs + 600_000 });
  });
});

describe('a server of which counters cannot tell', () => {
  it('is read when reading is allowed again, and the second time at once', () => {
    const waits = { nextConnectionsMs: 75_000, nextPollMs: 71_000 };
    const at = (atMs: number, watch: DrainWatch) =>
      decided(stateOf([]), { [oldKey]: watch }, { ...waits, nextPollMs: atMs + 1_000 }, { atMs });
    expect(at(74_999, unsure)).toEqual({ kind: 'wait', untilMs: 75_999 });
    expect(at(75_000, unsure)).toEqual({ kind: 'look' });
    expect(at(70_000, { ...unsure, emptySinceMs: 65_000 })).toEqual({ kind: 'look' });
  });

  it('that has settled with connections left in the counters is read, not listed', () => {
    const settled: DrainWatch = {
      emptySinceMs: 65_000,
      surveyedMs: 65_000,
      verdict: { kind: 'settling', untilMs: nowMs },
    };
    const state = stateOf([]);
    const lb1 = listedAt(state, 'lb1', nowMs);
    const withCount = (activeConn: number, inActConn: number) => {
      const sample = lb1.sample?.services.get(web);
      const servers = new Map(sample?.servers);
      servers.set(old, { weight: 0, activeConn, inActConn, persistConn: 0 });
      const services = new Map([[web, { service: web, scheduler: 'wrr', servers }]]);
      const live: LiveDirector = { ...lb1, sample: { atMs: nowMs, services } };
      const seen = { watches: new Map([[oldKey, settled]]), counted };
      return decideDrain(state, seenOf({ lb1: live }, seen), nowMs);
    };
    expect(withCount(0, 2)).toEqual({ kind: 'look' });
    expect(withCount(1, 0)).toEqual({ kind: 'look' });
    expect(withCount(0, 0)).toEqual({ kind: 'observe', directors: ['lb1'] });
  });
});

describe('the servers that a rollback takes out again', () => {
  const freshKey = drainKey(web, fresh);
  const back = (...entries: readonly JournalBody[]) =>
    stateOf([turned, ...reachedOn(['lb1'], { kind: 'rollback' }), ...entries]);
  const emptied: JournalBody = { type: 'drained', service: web, server: fresh };

  it('first lose their weight, on each director that has not done so', () => {
    const directors = ['lb1', 'lb2'];
    const half = stateOf([turned, ...reachedOn(['lb2'], { kind: 'rollback' })], { directors });
    expect(decided(half, {})).toEqual({
      kind: 'reach',
      goals: [{ milestone: { kind: 'rollback' }, directors: ['lb1'] }],
      dueMs: nowMs,
    });
  });

  it('leave when they are empty, and the weights stay as they are', () => {
    expect(decided(back(emptied), { [freshKey]: quiet })).toMatchObject({
      kind: 'reach',
      goals: [retire([fresh], false)],
    });
  });

  it('leave no gate to ask', () => {
    expect(decided(back(emptied), { [freshKey]: quiet }, gates(0))).toMatchObject({
      kind: 'reach',
    });
  });

  it('that are gone end it, with its exit code', () => {
    const gone = reachedOn(['lb1'], {
      kind: 'retire',
      service: web,
      servers: [fresh],
      last: false,
    });
    expect(decided(back(emptied, ...gone), {})).toMatchObject({
      kind: 'end',
      outcome: 'rolled-back',
      exitCode: 5,
    });
  });

  it('stay at weight 0 where they are not empty at the deadline, whatever the policy', () => {
    const removing = { sketch: { policy: { onTimeout: 'remove' } } } as const;
    const state = stateAfter(
      [
        ...reachedOn(['lb1'], { kind: 'step', step: 12 }, sinceMs),
        { ...turned, atMs: sinceMs },
        ...reachedOn(['lb1'], { kind: 'rollback' }, sinceMs),
      ],
      removing,
    );
    const atMs = sinceMs + 600_000;
    expect(decided(state, { [freshKey]: open }, { explainedMs: atMs }, { atMs })).toMatchObject({
      kind: 'end',
      outcome: 'rolled-back',
      exitCode: 5,
      message: expect.stringContaining('left in the table at weight 0'),
    });
  });
});

describe('a rollout that is complete', () => {
  const done = stateOf([
    drained,
    ...reachedOn(['lb1'], { kind: 'retire', service: web, servers: [old], last: true }),
  ]);
  const seen = (state: RolloutState, more: Partial<Observation>) =>
    seenOf({ lb1: listedAt(state, 'lb1', nowMs) }, { counted, ...more });
  const stop = { signal: 'sigint', again: false } as const;

  it('is done, whoever wants to stop it at that moment', () => {
    expect(decide(done, seen(done, { stop }), nowMs)).toMatchObject({
      outcome: 'done',
      exitCode: 0,
    });
  });

  it('is stopped where it is not', () => {
    const state = stateOf([]);
    const watches = new Map([[oldKey, open]]);
    expect(decide(state, seen(state, { stop, watches }), nowMs)).not.toMatchObject({
      kind: 'wait',
    });
  });
});
