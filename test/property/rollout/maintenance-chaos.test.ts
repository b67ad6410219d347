import { describe, expect, it } from 'vitest';
import { createPrng, type Prng } from '../../../src/ipvs/simulated/prng.ts';
import { foldJournal } from '../../../src/rollout/state/journal.ts';
import { createSite, Killed, type Ran, type Site } from '../../support/maintained-site.ts';
import { busyTraffic, thinTraffic } from '../../support/web-traffic.ts';

const runs = Number(process.env.DRAIN_CHAOS_RUNS ?? 48);
const firstSeed = Number(process.env.DRAIN_CHAOS_SEED ?? 1);

const tables = [
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 4
`,
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100 -x 5000 -y 4000
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 10
-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 7
-a -u 10.0.0.100:53 -r 10.0.0.2:53 -m -w 3
-a -u 10.0.0.100:53 -r 10.0.0.3:53 -m -w 0
`,
];

const traffic = { ...thinTraffic, endings: busyTraffic.endings };

/** The rollout that could be resumed, if the last one is not over. */
async function resumable({ store }: Site): Promise<string | undefined> {
  const ids = await store.list();
  const [latest] = ids.ok ? ids.value : [];
  const read = latest === undefined ? undefined : await store.read(latest);
  if (!read?.ok) return undefined;
  const { end } = foldJournal(read.value);
  return end && end.outcome !== 'held' ? undefined : latest;
}

/** A command that is killed on the way: called again, or its rollout resumed, until it is done. */
async function insist(site: Site, prng: Prng, kills: number, args: readonly string[]) {
  let run: Ran | undefined;
  let killed = 0;
  while (run === undefined) {
    if (killed < kills) site.killAt(1 + prng.below(60), prng);
    const rollout = killed > 0 && prng.below(2) === 0 ? await resumable(site) : undefined;
    try {
      run = await site.run(...(rollout === undefined ? args : ['resume', rollout]));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      killed++;
      await site.simulation.clock.sleepUntil(site.simulation.clock.nowMs() + prng.below(20_000));
    }
  }
  expect(run.err.replace(/^drain: going on with .*\n/gm, '')).toBe('');
  expect(run.exitCode).toBe(0);
  // What a deploy job does when it is run twice.
  expect((await site.run(...args)).exitCode).toBe(0);
  expect(await resumable(site)).toBeUndefined();
  return killed;
}

/** Seeds that found a fault, on top of those of a run. 31481: killed when all is done but the word that it is. */
const found = [31_481];

describe('drain out and drain in, killed at random points and called again', () => {
  it(`leave the table and the marks as they should be, over ${runs} seeded pairs`, async () => {
    let kills = 0;
    for (const seed of [
      ...found,
      ...Array.from({ length: runs }, (_, index) => firstSeed + index),
    ]) {
      const prng = createPrng(seed);
      const table = tables[seed % tables.length] ?? '';
      const site = createSite({ seed, table, traffic: [traffic] });
      const { clock } = site.simulation;
      await clock.sleepUntil(clock.nowMs() + 5_000);
      const before = site.table();
      const ramp = prng.below(2) === 0 ? [] : ['--over', '8s', '--every', '1s'];
      const why = `seed ${seed}`;

      kills += await insist(site, prng, 1 + (seed % 3), ['out', '10.0.0.1', ...ramp]);
      expect(site.table(), why).toBe(before.replace(/(-r 10\.0\.0\.1:\d+ -m -w) \d+/g, '$1 0'));
      const weights = (await site.marks()).map(({ service, weight, reason }) => [
        ...[service, weight, reason],
      ]);
      expect(weights, why).toEqual(
        [...before.matchAll(/-a -([tu]) (\S+) -r 10\.0\.0\.1:\d+ -m -w (\d+)/g)].map(
          ([, kind, service, weight]) => [
            ...[`${kind === 't' ? 'tcp' : 'udp'}/${service}`, Number(weight), 'operator'],
          ],
        ),
      );

      kills += await insist(site, prng, 1 + (seed % 3), ['in', '10.0.0.1', ...ramp]);
      expect(site.table(), why).toBe(before);
      expect(await site.marks(), why).toEqual([]);
      const { refused, reset, hung } = site.simulation.statistics;
      expect({ refused, reset, hung }, why).toEqual({ refused: 0, reset: 0, hung: 0 });
    }
    expect(kills).toBeGreaterThan(runs);
  }, 900_000);
});
