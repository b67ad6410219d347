import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import { api, ChaosSite, foreign, web } from '../../support/kube-chaos/chaos-site.ts';
import { act } from '../../support/kube-chaos/draw-act.ts';

const runs = Number(process.env.DRAIN_CHAOS_RUNS ?? 60);
const firstSeed = Number(process.env.DRAIN_CHAOS_SEED ?? 1);

async function play(seed: number): Promise<ChaosSite> {
  const prng = createPrng(seed);
  const site = new ChaosSite(seed);
  await site.pass(2_000);
  site.drive();
  await site.pass(15_000);
  site.keepsShare = seed % 3 === 0;
  for (let acts = 8 + prng.below(16); acts > 0; acts--) {
    act(site, prng);
    await site.pass([0, 300, 2_000, 7_000, 25_000][prng.below(5)] ?? 0);
    const isGone = site.running('drive').length === 0;
    if (isGone && prng.below(3) > 0) site.drive();
  }
  await site.wayOut();
  return site;
}

const ofAll = (port: number, weight: number): Readonly<Record<string, number>> =>
  Object.fromEntries([1, 2, 3, 4].map((n) => [`10.0.0.${n}:${port}`, weight]));

describe('a cluster whose API server fails in every way, beside a guard, operators, rollouts and kills', () => {
  it(
    `empties no service and undercuts no floor, drains what leaves, and ends as it began, over ${runs} seeded stories`,
    async () => {
      let faults = 0;
      let kills = 0;
      for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
        const site = await play(seed);
        const story = [`seed ${seed}`, ...site.log].join('\n');
        expect(site.wrong, story).toEqual([]);
        expect(site.weights(web), story).toEqual(ofAll(80, 100));
        expect(site.weights(api), story).toEqual({ [foreign]: 60, ...ofAll(8080, 60) });
        faults += site.cluster.faults;
        kills += site.kills;
      }
      expect(faults).toBeGreaterThan(5 * runs);
      expect(kills).toBeGreaterThan(runs / 2);
    },
    60_000 + 5_000 * runs,
  );
});
