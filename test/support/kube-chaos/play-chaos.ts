import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import { withDrawnIds } from '../drawn-ids.ts';
import { ChaosSite } from './chaos-site.ts';
import { act } from './draw-act.ts';

/** Plays the story of a seed: the same one each time, to the last line of its log. */
export const playChaos = (seed: number): Promise<ChaosSite> => withDrawnIds(() => played(seed));

async function played(seed: number): Promise<ChaosSite> {
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
