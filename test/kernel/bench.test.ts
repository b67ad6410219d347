import { expect, test } from 'vitest';
import { measureApplying } from '../../bench/applying.ts';
import type { BenchContext } from '../../bench/benchmark.ts';
import { measureHost } from '../../bench/host.ts';
import type { LabMeasurement } from '../../bench/in-lab.ts';
import { measureLateness } from '../../bench/lateness.ts';
import { measureRemoval } from '../../bench/removal.ts';
import { measureWatching } from '../../bench/watching.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';

const context: BenchContext = { size: 'small', note: () => {} };
const measurements: Readonly<Record<string, LabMeasurement>> = {
  applying: measureApplying,
  lateness: measureLateness,
  watching: measureWatching,
  removal: measureRemoval,
  host: measureHost,
};

// Whether they run, and nothing about time: that is for whoever runs them at full size.
describeKernel('a benchmark on the kernel', (lab) => {
  test.for(Object.entries(measurements))('has figures for every row: %s', async ([, measure]) => {
    const rows = await measure(lab, context);
    expect(rows.length).toBeGreaterThan(0);
    for (const { ours, against, met } of rows) {
      const figures = [ours, ...against.map(({ figure }) => figure)];
      expect(figures.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
      expect(met).toBeUndefined();
    }
  });
});
