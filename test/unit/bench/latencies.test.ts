import { expect, it } from 'vitest';
import { seenBy } from '../../../bench/latencies.ts';

it('a failed connection is counted, and has no latency', () => {
  const answered = [10, 20, 30].map((latencyMs) => ({ atMs: 0, latencyMs, server: 'rs1' }));
  const seen = seenBy([...answered, { atMs: 0, latencyMs: 5_000, error: 'timeout' }]);
  expect(seen).toMatchObject({ connections: 4, failed: 1, p50Ms: 20 });
  expect(seen.p99Ms).toBeCloseTo(29.8, 10);
});
