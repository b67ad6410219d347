import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import { type Fight, playFight } from '../../support/fighting-controllers.ts';

const runs = Number(process.env.DRAIN_FIGHT_RUNS ?? 80);
const firstSeed = Number(process.env.DRAIN_FIGHT_SEED ?? 1);

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 12
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 6
`;
const replaced = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 12
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 6
`;
const play = (seed: number, isFenced: boolean): Promise<Fight> =>
  playFight({ prng: createPrng(seed), table, isFenced });

describe('two controllers that fight over one rollout in etcd', () => {
  it(`never write at the same time, and get it done, over ${runs} seeded runs`, async () => {
    let takeovers = 0;
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const fight = await play(seed, true);
      expect(fight.violations, `seed ${seed}`).toEqual([]);
      expect(fight.after, `seed ${seed}`).toBe(replaced);
      expect(fight.entries.length, `seed ${seed}`).toBe(fight.written.length);
      expect(fight.entries.at(-1), `seed ${seed}`).toMatchObject({ outcome: 'done', exitCode: 0 });
      takeovers += fight.written.filter((who, i) => i > 0 && who !== fight.written[i - 1]).length;
    }
    // They did fight.
    expect(takeovers).toBeGreaterThan(runs);
  }, 300_000);

  it('would do so without a look at the clock before each edit', async () => {
    let violations = 0;
    for (let seed = firstSeed; seed < firstSeed + runs && violations === 0; seed++) {
      violations += (await play(seed, false)).violations.length;
    }
    expect(violations).toBeGreaterThan(0);
  }, 300_000);
});
