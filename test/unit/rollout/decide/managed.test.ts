import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import type { HostFacts } from '../../../../src/domain/ipvs/host-facts.ts';
import type { ServiceSample } from '../../../../src/domain/ipvs/ipvs.ts';
import type { ManagedServer } from '../../../../src/domain/ipvs/managed-service.ts';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import { gatesWaited } from '../../../../src/rollout/decide/gates.ts';
import { sampleEveryMs } from '../../../../src/rollout/observe/managed-edits.ts';
import type { Observation } from '../../../../src/rollout/observe/observation.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  fresh,
  listedAt,
  old,
  other,
  reachedOn,
  seenOf,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

const server = (initialWeight: number): ManagedServer => ({
  initialWeight,
  effectiveWeight: initialWeight,
  isAlive: true,
  isInhibited: false,
  trackFiles: [],
});
const says = new Map([
  [
    web as ServiceKey,
    {
      quorum: 1,
      servers: new Map<ServerKey, ManagedServer>([
        [old, server(100)],
        [fresh, server(1)],
        [other, server(100)],
      ]),
    },
  ],
]);
const facts = (isWatched: boolean): HostFacts => ({
  sysctls: new Map(),
  managers: [{ name: 'keepalived', pid: 812, services: [web], says }],
  ...(isWatched ? { manager: { keepalived: 'watch' } } : {}),
});
const service = wrrService([
  realServer('10.0.0.1', 100),
  realServer('10.0.0.2', 1),
  realServer('10.0.0.3', 100),
]);
/** At half of the ramp: old 50, new 51, the bystander 100. */
const half = (
  entries: readonly JournalBody[] = [],
  { isWatched = true, bystander = 100 } = {},
): RolloutState =>
  stateAfter([...reachedOn(['lb1'], { kind: 'step', step: 6 }, 30_000), ...entries], {
    facts: facts(isWatched),
    service: {
      ...service,
      servers: [...service.servers.slice(0, 2), realServer('10.0.0.3', bystander)],
    },
  });

function seen(
  state: RolloutState,
  weights: Partial<Record<ServerKey, number | null>>,
  more: Partial<Observation> = {},
): Observation {
  const live = listedAt(state, 'lb1', 34_900);
  const sample = live.sample?.services.get(web);
  const counts = { activeConn: 0, inActConn: 0, persistConn: 0 };
  const servers = new Map(sample?.servers);
  for (const [key, weight] of Object.entries(weights) as [ServerKey, number | null][]) {
    if (weight === null) servers.delete(key);
    else servers.set(key, { weight, ...counts });
  }
  const services = new Map([[web, { ...sample, servers } as ServiceSample]]);
  return seenOf({ lb1: { ...live, sample: { atMs: 34_900, services } } }, more);
}
const decided = (
  state: RolloutState,
  weights: Partial<Record<ServerKey, number | null>>,
  more: Partial<Observation> = {},
) => decide(state, seen(state, weights, more), 34_950);

const again = { kind: 'reassert', director: 'lb1' } as const;

describe('beside a manager that is watched', () => {
  it('a server that is back with the weight of its configuration gets that of the step again', () => {
    expect(decided(half(), {})).not.toEqual(again);
    expect(decided(half(), { [old]: 100 })).toEqual(again);
    expect(decided(half(), { [fresh]: 1 })).toEqual(again);
    const paused = half([{ type: 'paused', reason: 'asked' }]);
    expect(decided(paused, { [old]: 100 })).toEqual(again);
    const back = half([{ type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 }]);
    expect(decided(back, { [old]: 100 })).toEqual(again);
  });

  it('so does a bystander whose weight is not that of the configuration', () => {
    const state = half([], { bystander: 33 });
    expect(decided(state, { [other]: 33 })).not.toEqual(again);
    expect(decided(state, { [other]: 100 })).toEqual(again);
    const noted: JournalBody = {
      type: 'bystander-changed',
      director: 'lb1',
      service: web,
      server: other,
      weight: null,
    };
    expect(decided(half([noted], { bystander: 33 }), { [other]: 100 })).toEqual(again);
  });

  it('a bystander that is down is noted, and works as it does beside anybody', () => {
    expect(decided(half(), { [other]: null })).toMatchObject({
      kind: 'note-bystander',
      drift: { server: other, expected: 100, found: null },
    });
    expect(decided(half(), { [other]: 0 })).toMatchObject({ kind: 'note-bystander' });
  });

  it.each<[string, ServerKey, number | null]>([
    ['an old server', old, null],
    ['an old server that is inhibited', old, 0],
    ['a new server', fresh, null],
    ['a new server that is inhibited', fresh, 0],
  ])('%s that is down holds the step, and is no drift', (_, key, found) => {
    const state = half();
    expect(decided(state, { [key]: found })).not.toMatchObject({ kind: 'end' });
    expect(gatesWaited(state, seen(state, { [key]: found }), 40_000)).toEqual([
      {
        gate: { gate: `keepalived ${web}`, gateKind: 'manager', server: key },
        reason: 'server-down',
        detail: `${key} is down: ${found === null ? 'it is not in the table' : 'it is at weight 0'}`,
      },
    ]);
    const late = decide(state, seen(state, { [key]: found }), 40_000);
    expect(late).toMatchObject({ kind: 'tell-gates' });
  });

  it('any other weight is drift, and says which shares it leaves', () => {
    const action = decided(half(), { [old]: 77 });
    expect(action).toMatchObject({ kind: 'end', outcome: 'held', exitCode: 6 });
    expect('message' in action && action.message).toMatch(/new connections now: .*\(due 50 %\)/);
    expect(decided(half(), { [fresh]: 100 })).toMatchObject({ kind: 'end', exitCode: 6 });
  });

  it('is as before without the word of the director', () => {
    const state = half([], { isWatched: false });
    expect(decided(state, { [old]: 100 })).toMatchObject({ kind: 'end', exitCode: 6 });
    expect(decided(state, { [old]: null })).toMatchObject({ kind: 'end', exitCode: 6 });
    expect(sampleEveryMs(state.plan)).toBe(state.plan.policy.pollMs);
    expect(sampleEveryMs(half().plan)).toBe(200);
  });

  it('what an edit that has begun may have set is nobody else’s', () => {
    const intended: JournalBody = {
      type: 'intended',
      director: 'lb1',
      milestone: { kind: 'rollback' },
    };
    expect(decided(half([intended]), { [old]: 100 })).not.toEqual(again);
  });

  it('a server that comes back more than five times in a minute holds the rollout, with the reason', () => {
    const times = (n: number, atMs: number, key = `${web} ${old}`) =>
      Array.from({ length: n }, () => ({ director: 'lb1', key, atMs }));
    const held = decided(half(), { [old]: 100 }, { reasserted: times(5, 20_000) });
    expect(held).toMatchObject({ kind: 'end', outcome: 'held', exitCode: 6 });
    expect('message' in held && held.message).toBe(
      `keepalived brought ${old} of ${web} on lb1 back with its own weight more than 5 times in a minute: its check comes and goes; held at step 6 of 12; new connections now: ${old} 40 % (due 25 %), ${other} 40 % (due 50 %), ${fresh} 20 % (due 25 %)`,
    );
    expect(decided(half(), { [old]: 100 }, { reasserted: times(4, 20_000) })).toEqual(again);
    expect(decided(half(), { [old]: 100 }, { reasserted: times(9, -30_000) })).toEqual(again);
    const others = { reasserted: times(9, 20_000, `${web} ${fresh}`) };
    expect(decided(half(), { [old]: 100 }, others)).toEqual(again);
  });

  it('waits after an edit that failed', () => {
    const state = half();
    const one = seen(state, { [old]: 100 });
    const live = one.directors.get('lb1');
    const failure = { kind: 'director', what: 'x' } as const;
    const troubles = { edit: { count: 1, retryAtMs: 36_000, failure } };
    const tired = { ...one, directors: new Map([['lb1', { ...live, troubles }]]) } as Observation;
    expect(decide(state, tired, 34_950)).toEqual({ kind: 'wait', untilMs: 36_000 });
    expect(decide(state, tired, 36_000)).toEqual(again);
  });
});
