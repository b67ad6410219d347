import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import { type ChaosRun, playChaos } from '../../support/chaos.ts';
import { thinTraffic } from '../../support/web-traffic.ts';

const runs = Number(process.env.DRAIN_CHAOS_RUNS ?? 1_000);
const firstSeed = Number(process.env.DRAIN_CHAOS_SEED ?? 1);

const tables = [
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
`,
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100 -x 5000 -y 4000
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 10
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`,
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 3
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 0
-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 7
`,
];

/** Every other one of those that go back does it as a ramp. */
const pace = { overMs: 4_000, everyMs: 500 };

const play = (seed: number, kills: number, backFrom?: number): Promise<ChaosRun> =>
  playChaos({
    kills,
    prng: createPrng(seed),
    sketch: { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 8_000, everyMs: 1_000 } },
    simulation: { seed, table: tables[seed % tables.length] ?? '', traffic: [thinTraffic] },
    ...(backFrom === undefined ? {} : { backFrom }),
    ...(seed % 2 === 1 ? { pace } : {}),
  });

const seeds = (count: number, from = firstSeed): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);

describe('a rollout that is killed at random points and resumed', () => {
  it(`ends as the undisturbed one, over ${runs} seeded runs`, async () => {
    const undisturbed = await Promise.all(seeds(3, 0).map((seed) => play(seed, 0)));
    for (const seed of seeds(runs)) {
      const run = await play(seed, 1 + (seed % 4));
      const expected = undisturbed[seed % tables.length];
      expect(run.after, `seed ${seed}`).toBe(expected?.after);
      expect(run.end, `seed ${seed}`).toMatchObject({ outcome: 'done', exitCode: 0 });
      expectNobodyHurt(run, seed);
    }
  }, 300_000);

  it(`and turned back ends with the table from before, over ${runs} seeded runs`, async () => {
    for (const seed of seeds(runs)) {
      const run = await play(seed, 1 + (seed % 4), 1);
      expectNobodyHurt(run, seed);
      if (run.kills === 0) continue;
      expect(run.after, `seed ${seed}`).toBe(run.before);
      expect(run.end, `seed ${seed}`).toMatchObject({ outcome: 'rolled-back', exitCode: 0 });
    }
  }, 300_000);
});

function expectNobodyHurt({ simulation, lowestTotal }: ChaosRun, seed: number): void {
  expect(lowestTotal, `seed ${seed}`).toBeGreaterThan(0);
  const { refused, reset, hung } = simulation.statistics;
  expect({ refused, reset, hung }, `seed ${seed}`).toEqual({ refused: 0, reset: 0, hung: 0 });
}
