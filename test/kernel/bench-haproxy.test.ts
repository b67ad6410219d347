import { expect, test } from 'vitest';
import type { BenchRow } from '../../bench/benchmark.ts';
import type { LabMeasurement } from '../../bench/in-lab.ts';
import { measureRequests } from '../../bench/requests.ts';
import { measureShares } from '../../bench/shares.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';

/** What they measure is for machines that do nothing else; here they only have to run. */
describeKernel('a benchmark beside HAProxy', (lab) => {
  const measure = async (measurement: LabMeasurement): Promise<readonly BenchRow[]> => {
    const notes: string[] = [];
    const rows = await measurement(lab, { size: 'small', note: (line) => notes.push(line) });
    const without = notes.find((line) => line.startsWith('without HAProxy'));
    if (without !== undefined && !required) process.stderr.write(`left out: ${without}\n`);
    for (const { what, ours, against, met } of rows) {
      for (const { value } of [ours, ...against.map(({ figure }) => figure)]) {
        expect(Number.isFinite(value), what).toBe(true);
        expect(value, what).toBeGreaterThanOrEqual(0);
      }
      const beside = against.some(({ name }) => name.startsWith('HAProxy'));
      expect(beside || (without !== undefined && !required), without ?? what).toBe(true);
      // A small size is no claim about a goal.
      expect(met, what).toBe(undefined);
    }
    return rows;
  };

  test('of shares is within one connection', async () => {
    const rows = await measure(measureShares);
    expect(rows.map(({ what }) => what)).toEqual(['3 steps of 5: worst', '3 steps of 5: mean']);
    expect(rows[0]?.ours.value).toBeLessThanOrEqual(1);
  });

  test('of requests sees none fail', async () => {
    const [failed, ...latencies] = await measure(measureRequests);
    expect(failed?.ours.value).toBe(0);
    expect(latencies.map(({ what }) => what)).toEqual(['p50', 'p99', 'p99.9']);
  });
});
