import { describe, expect, it } from 'vitest';
import { arrivalRate, withArrivals } from '../../../../src/rollout/observe/arrivals.ts';
import type { ArrivalCount } from '../../../../src/rollout/observe/observation.ts';
import { fresh, old, web } from '../../../support/engine-state.ts';

const counted = (...pairs: readonly (readonly [s: number, count: number])[]): ArrivalCount[] =>
  pairs.map(([s, count]) => ({ atMs: s * 1_000, connections: new Map([[web, count]]) }));
const totalsOf = (connections: number) =>
  ({ connections, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 }) as const;

describe('the connections of a service', () => {
  it('are those of all its servers, and the last eight counts are kept', () => {
    let counts: readonly ArrivalCount[] | undefined;
    for (let s = 1; s <= 10; s++) {
      const servers = new Map([
        [old, totalsOf(s)],
        [fresh, totalsOf(100)],
      ]);
      counts = withArrivals(counts, { atMs: s * 1_000, totals: new Map([[web, servers]]) });
    }
    expect(counts).toHaveLength(8);
    expect(counts?.at(0)).toEqual({ atMs: 3_000, connections: new Map([[web, 103]]) });
    expect(counts?.at(-1)).toEqual({ atMs: 10_000, connections: new Map([[web, 110]]) });
  });
});

describe('the rate of a service', () => {
  it('is that of eight connections at least', () => {
    expect(arrivalRate(counted([0, 0], [4, 7]), web, 0)).toBeUndefined();
    expect(arrivalRate(counted([0, 0], [4, 8]), web, 0)?.perS).toBe(2);
  });

  it('is known to be less where as many were expected', () => {
    expect(arrivalRate(counted([0, 0], [4, 1]), web, 2)?.perS).toBe(0.25);
    expect(arrivalRate(counted([0, 0], [4, 1]), web, 1.9)).toBeUndefined();
  });

  it('is not told of less than four seconds: the kernel counts every two', () => {
    expect(arrivalRate(counted([0, 0], [3.9, 100]), web, 0)).toBeUndefined();
    expect(arrivalRate(counted([0, 0], [4, 100]), web, 0)?.perS).toBe(25);
  });

  it('is sure by the periods in it', () => {
    const uncertaintyOf = (s: number) => arrivalRate(counted([0, 0], [s, 40]), web, 0)?.uncertainty;
    // Four seconds have two periods.
    expect(uncertaintyOf(4)).toBe(0);
    // Five seconds have those of four or of six, as often.
    expect(uncertaintyOf(5)).toBeCloseTo(0.2, 9);
    // A hair above four seconds has a third one now and then.
    expect(uncertaintyOf(4.02)).toBeCloseTo(0.199 / 4.02, 3);
  });

  it('is told over a longer time where that tells it better and it was the same', () => {
    const steady = counted([0, 0], [10, 100], [15, 150]);
    expect(arrivalRate(steady, web, 0)).toEqual({ perS: 10, uncertainty: 1 / 15 });
  });

  it('is that of late where it was another before, by as much as a period of it may be missing', () => {
    const rising = counted([0, 0], [10, 10], [15, 60]);
    expect(arrivalRate(rising, web, 0)).toEqual({ perS: 10, uncertainty: 0.4 });
    const falling = counted([0, 0], [10, 1_000], [15, 1_050]);
    expect(arrivalRate(falling, web, 0)).toEqual({ perS: 10, uncertainty: 0.4 });
  });

  it('is not that of a time in which too few came to tell', () => {
    expect(arrivalRate(counted([0, 0], [4, 6], [8, 9]), web, 0)).toEqual({
      perS: 9 / 8,
      uncertainty: 0,
    });
  });

  it('is told without the time of a change, which is counted in part', () => {
    // 100 came in each 12 s since the second count, and the kernel had not yet counted 10 of them.
    const sinceChange = counted([0, 0], [10, 10], [22, 100], [34, 200]);
    expect(arrivalRate(sinceChange, web, 0)).toEqual({ perS: 100 / 12, uncertainty: 0 });
  });

  it('passes over counts that were larger: a server has left with its own', () => {
    const left = counted([0, 500], [5, 0], [10, 50]);
    expect(arrivalRate(left, web, 0)).toEqual({ perS: 10, uncertainty: 0.2 });
  });

  it('is unknown of a service that is not counted, or not any more', () => {
    expect(arrivalRate([], web, 10)).toBeUndefined();
    const gone = [...counted([0, 0], [5, 50]), { atMs: 10_000, connections: new Map() }];
    expect(arrivalRate(gone, web, 10)).toBeUndefined();
    const came = [{ atMs: 0, connections: new Map() }, ...counted([5, 50])];
    expect(arrivalRate(came, web, 10)).toBeUndefined();
  });
});
