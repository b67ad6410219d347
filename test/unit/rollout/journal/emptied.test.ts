import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import { emptiedIn } from '../../../../src/rollout/journal/emptied.ts';
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
import { realServer } from '../../../support/tables.ts';

type Weights = Readonly<Record<ServerKey, number>>;

/** A rollout whose old server and whose bystander had these weights; or one that takes the old one out. */
function rollout(
  [ofOld, ofOther]: readonly [number, number],
  entries: Parameters<typeof stateAfter>[0] = [],
  how: 'hand-over' | 'out' = 'hand-over',
): RolloutState {
  const state = stateAfter(entries);
  const servers = [realServer('10.0.0.1', ofOld), realServer('10.0.0.3', ofOther)];
  const directors = state.plan.directors.map((one) => ({
    ...one,
    services: one.services.map((planned) => ({
      ...planned,
      baseline: { ...planned.baseline, servers },
      newServers: how === 'out' ? [] : planned.newServers,
    })),
  }));
  return { ...state, plan: { ...state.plan, directors } };
}

/** Services that are emptied on the way on or back with these weights now. */
function emptied(state: RolloutState, now: Weights, direction: 'forward' | 'back') {
  const counts = { activeConn: 0, inActConn: 0, persistConn: 0 };
  const servers = new Map(
    Object.entries(now).map(([key, weight]) => [key as ServerKey, { weight, ...counts }]),
  );
  const samples = new Map([[web, { service: web, scheduler: 'wrr', servers }]]);
  return emptiedIn(state, { director: 'lb1', snapshot: { samples } }, direction);
}

const all = [{ director: 'lb1', service: web }];

describe('a service that the way on would empty', () => {
  const takenOut = rollout([100, 100], [], 'out');

  it('is one whose other server has lost its weight since', () => {
    expect(emptied(takenOut, { [old]: 50, [other]: 0 }, 'forward')).toEqual(all);
    expect(emptied(takenOut, { [old]: 50 }, 'forward')).toEqual(all);
  });

  it('is none where another still has weight, or a new one gets it', () => {
    expect(emptied(takenOut, { [old]: 50, [other]: 1 }, 'forward')).toEqual([]);
    const handOver = rollout([100, 100]);
    expect(emptied(handOver, { [old]: 50, [fresh]: 50, [other]: 0 }, 'forward')).toEqual([]);
  });

  it('is one whose server a move takes to weight 0', () => {
    const state = rollout([100, 100]);
    const directors = state.plan.directors.map((one) => ({
      ...one,
      services: one.services.map((planned) => ({
        ...planned,
        oldServers: [],
        newServers: planned.oldServers,
        finalWeights: planned.servers.map((server) => (server === old ? 0 : 100)),
      })),
    }));
    const quiesces = { ...state, plan: { ...state.plan, move: 'weight' as const, directors } };
    expect(emptied(quiesces, { [old]: 50, [other]: 0 }, 'forward')).toEqual(all);
    expect(emptied(quiesces, { [old]: 50, [other]: 1 }, 'forward')).toEqual([]);
  });

  it('is none that nobody had weight in besides: whoever asked for that has insisted', () => {
    const last = rollout([100, 0], [], 'out');
    expect(emptied(last, { [old]: 50, [other]: 0 }, 'forward')).toEqual([]);
  });

  it('is none that has no weight any more', () => {
    expect(emptied(takenOut, { [old]: 0, [other]: 0 }, 'forward')).toEqual([]);
    expect(emptied(takenOut, {}, 'forward')).toEqual([]);
  });
});

describe('a service that the way back would empty', () => {
  it('is one whose only weight is that of a server that had none before', () => {
    expect(emptied(rollout([0, 100]), { [fresh]: 50, [other]: 0 }, 'back')).toEqual(all);
  });

  it('is none where the old server gets its weight again, or another has some', () => {
    expect(emptied(rollout([100, 100]), { [fresh]: 50, [other]: 0 }, 'back')).toEqual([]);
    expect(emptied(rollout([0, 100]), { [fresh]: 50, [other]: 3 }, 'back')).toEqual([]);
  });

  it('holds a rollback, as long as the bystander that lost its weight has none', () => {
    const turned = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 } as const;
    const lost = {
      type: 'bystander-changed',
      director: 'lb1',
      service: web,
      server: other,
    } as const;
    const step = reachedOn(['lb1'], { kind: 'step', step: 3 });
    const state = rollout([0, 100], [...step, { ...lost, weight: 0 }, turned]);
    const seen = seenOf({ lb1: listedAt(state, 'lb1', 20_000) });
    expect(decide(state, seen, 20_000)).toMatchObject({
      kind: 'end',
      outcome: 'held',
      exitCode: 6,
    });
  });

  it('is emptied all the same where it had no weight when the rollout began', () => {
    const turned = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 } as const;
    const entries = [...reachedOn(['lb1'], { kind: 'step', step: 3 }), turned];
    const state = rollout([0, 0], entries);
    const seen = seenOf({ lb1: listedAt(state, 'lb1', 20_000) });
    expect(decide(state, seen, 20_000)).toMatchObject({
      kind: 'reach',
      goals: [{ milestone: { kind: 'rollback' }, directors: ['lb1'] }],
    });
  });
});
