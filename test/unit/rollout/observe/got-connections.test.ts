import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import type { DirectorPlan } from '../../../../src/domain/rollout/plan.ts';
import { noTraffic } from '../../../../src/rollout/handshakes/traffic-window.ts';
import {
  type GotConnections,
  gotConnections,
  withGot,
} from '../../../../src/rollout/observe/got-connections.ts';
import { fresh, old, stateAfter, web } from '../../../support/engine-state.ts';

const { plan } = stateAfter([]);
const [director] = plan.directors;

/** What the kernel counts at each moment: old, then new where it is in the table. */
function counted(...counts: readonly (readonly [number, number?])[]) {
  const got = counts.reduce<GotConnections | undefined>((before, [own, ours], index) => {
    const rows: [ServerKey, number][] = [[old, own]];
    if (ours !== undefined) rows.push([fresh, ours]);
    const servers = rows.map(([key, connections]) => [key, { ...noTraffic, connections }] as const);
    return withGot(before, director as DirectorPlan, {
      atMs: index,
      totals: new Map([[web, new Map(servers)]]),
    });
  }, undefined);
  return gotConnections(plan, { directors: new Map([['lb1', got ? { got } : {}]]) });
}

describe('the connections of a rollout', () => {
  it('are not known before the first count', () => {
    expect(counted()).toBeUndefined();
  });

  it('count from the first listing on for a server that was there, and all of one that was added', () => {
    expect(counted([5_000])).toEqual({ old: 0, new: 0 });
    expect(counted([5_000], [5_040, 3], [5_060, 10])).toEqual({ old: 60, new: 10 });
    // A process that resumes sees it only now.
    expect(counted([5_000, 37])).toEqual({ old: 0, new: 37 });
  });

  it('go on from counters that were set to zero, and stay when a server has gone', () => {
    expect(counted([5_000, 0], [5_100, 20], [7, 2])).toEqual({ old: 107, new: 22 });
    expect(counted([5_000, 0], [5_100, 20], [5_200])).toEqual({ old: 200, new: 20 });
  });

  it('take no listing twice', () => {
    const totals = new Map([[web, new Map([[fresh, { ...noTraffic, connections: 4 }]])]]);
    const once = withGot(undefined, director as DirectorPlan, { atMs: 7, totals });
    expect(withGot(once, director as DirectorPlan, { atMs: 7, totals })).toBe(once);
  });
});
