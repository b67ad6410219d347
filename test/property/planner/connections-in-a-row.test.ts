import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindNq, bindSed, bindWlc } from '../../../src/ipvs/simulated/schedulers/least-loaded.ts';
import {
  type CountingScheduler,
  connectionsInARow,
  type LoadedServer,
} from '../../../src/planner/weights/connections-in-a-row.ts';

const binders = { wlc: bindWlc, sed: bindSed, nq: bindNq };

const loaded = (isNew: boolean): fc.Arbitrary<LoadedServer> =>
  fc.record({
    weight: fc.integer({ min: isNew ? 1 : 0, max: 20 }),
    activeConn: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 })),
    inActConn: fc.integer({ min: 0, max: 400 }),
    isNew: fc.constant(isNew),
  });

const table = fc
  .tuple(
    fc.array(loaded(true), { minLength: 1, maxLength: 3 }),
    fc.array(loaded(false), { minLength: 1, maxLength: 3 }),
  )
  .filter(([, others]) => others.some(({ weight }) => weight > 0))
  // The kernel's list has the newest first.
  .map(([filled, others]) => [...filled, ...others]);

/** The connections that the kernel's rule sends to new servers before another server gets one. */
function played(
  scheduler: CountingScheduler,
  servers: readonly LoadedServer[],
  kind: 'ending' | 'staying',
): number | undefined {
  const live = servers.map((one) => ({ ...one, overloaded: false }));
  const bound = binders[scheduler](live);
  for (let count = 0; count < 1_000_000; count++) {
    const chosen = bound.schedule();
    if (!chosen?.isNew) return count;
    if (kind === 'staying') chosen.activeConn++;
    else chosen.inActConn++;
    // What leaves no load behind goes on for ever.
    if (kind === 'ending' && scheduler !== 'wlc') return undefined;
  }
  throw new Error('no end');
}

describe('the connections in a row to new servers', () => {
  it.each(['wlc', 'sed', 'nq'] as const)('are those that %s sends them', (scheduler) => {
    fc.assert(
      fc.property(table, (servers) => {
        const { ending, staying } = connectionsInARow(scheduler, servers);
        expect(staying).toBe(played(scheduler, servers, 'staying'));
        expect(ending).toBe(played(scheduler, servers, 'ending'));
      }),
    );
  });

  it('are one for each new server at most, where they are even', () => {
    fc.assert(
      fc.property(table, (servers) => {
        const { isEven } = connectionsInARow('wlc', servers);
        const all = played('wlc', servers, 'ending') ?? 0;
        if (isEven) expect(all).toBeLessThanOrEqual(servers.filter((one) => one.isNew).length);
        else expect(all).toBeGreaterThan(1);
      }),
    );
  });
});
