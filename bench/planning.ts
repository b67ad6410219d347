import type { Benchmark, BenchRow } from './benchmark.ts';
import { inTurns, timed } from './in-turns.ts';
import { type PlanSize, planMaker } from './make-plan.ts';
import { memoryOf } from './peak-memory.ts';
import { median } from './quantiles.ts';

/** 512 MB, with Node itself in it. */
const mostBytes = 512e6;

/** A plan has a weight for every server at every step: four times of either must cost four times as much. */
export const planning: Benchmark = {
  name: 'planning',
  about: 'a plan for 10,000 services x 20 servers x 100 steps',
  run: async ({ size, note }) => {
    const small = size === 'small';
    const whole: PlanSize = small
      ? { services: 40, servers: 4, steps: 8 }
      : { services: 10_000, servers: 20, steps: 100 };
    const measure = (part: PlanSize) => () => timed(planMaker(part));
    const quarter = (field: keyof PlanSize): PlanSize => ({ ...whole, [field]: whole[field] / 4 });
    const times = await inTurns(small ? 1 : 2, {
      whole: measure(whole),
      services: measure(quarter('services')),
      servers: measure(quarter('servers')),
      steps: measure(quarter('steps')),
    });
    note('memory, in a process of its own');
    const memory = await memoryOf('plan', JSON.stringify(whole));
    const wholeMs = median(times.whole);
    const row = (field: keyof PlanSize): BenchRow => {
      const fourTimesMs = 4 * median(times[field]);
      return {
        what: `time, by ${field}`,
        ours: { value: wholeMs, unit: 'ms' },
        against: [
          {
            name: `4 x that of a quarter of the ${field}`,
            figure: { value: fourTimesMs, unit: 'ms' },
          },
        ],
        goal: 'linear: at most 1.25x',
        met: small ? undefined : wholeMs <= 1.25 * fourTimesMs,
      };
    };
    const weights = whole.services * whole.servers * (whole.steps + 1);
    return [
      ...(['services', 'servers', 'steps'] as const).map(row),
      {
        what: 'memory of the process at its peak',
        ours: { value: memory.peakBytes, unit: 'bytes' },
        against: [
          { name: 'a byte for each weight', figure: { value: weights, unit: 'bytes' } },
          {
            name: 'the same process without a plan',
            figure: { value: memory.beforeBytes, unit: 'bytes' },
          },
        ],
        goal: 'less than 512 MB',
        met: small ? undefined : memory.peakBytes < mostBytes,
      },
    ];
  },
};
