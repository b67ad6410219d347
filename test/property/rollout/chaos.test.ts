import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import { draw } from '../../support/chaos/drawn.ts';
import { playChaos } from '../../support/chaos/play.ts';

const runs = Number(process.env.DRAIN_CHAOS_RUNS ?? 500);
const firstSeed = Number(process.env.DRAIN_CHAOS_SEED ?? 1);

describe('a rollout among kills, signals, other edits, a guard, another rollout and clients that come back', () => {
  it(`ends as its policy allows, and hurts nobody, over ${runs} seeded runs`, async () => {
    let kills = 0;
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const drawn = draw(createPrng(seed));
      const { wrong, log, kills: killed } = await playChaos(drawn, seed);
      const story = [`seed ${seed}`, JSON.stringify(drawn), ...log].join('\n');
      expect(wrong, story).toEqual([]);
      kills += killed;
    }
    expect(kills).toBeGreaterThan(runs / 2);
    const tells = process.env.DRAIN_CHAOS_TELLS;
    if (tells) appendFileSync(tells, `${JSON.stringify({ stories: runs, kills })}\n`);
  }, 900_000);
});
