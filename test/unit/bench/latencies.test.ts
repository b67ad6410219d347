import { expect, it } from 'vitest';
import { seenBy, together } from '../../../bench/latencies.ts';

it('a failed connection is counted, and has no latency', () => {
  const answered = [10, 20, 30].map((latencyMs) => ({ atMs: 0, latencyMs, server: 'rs1' }));
  const seen = seenBy([...answered, { atMs: 0, latencyMs: 5_000, error: 'timeout' }]);
  expect(seen).toMatchObject({ connections: 4, failed: 1, p50Ms: 20 });
  expect(seen.p99Ms).toBeCloseTo(29.8, 10);
});

it('one bad round of three does not move the quantiles, but its failures count', () => {
  const round = (failed: number, ms: number) => ({
    ...{ connections: 100, failed, p50Ms: ms, p99Ms: 2 * ms, p999Ms: 3 * ms },
  });
  expect(together([round(0, 10), round(7, 500), round(0, 11)])).toEqual({
    ...{ connections: 300, failed: 7, p50Ms: 11, p99Ms: 22, p999Ms: 33 },
  });
});
