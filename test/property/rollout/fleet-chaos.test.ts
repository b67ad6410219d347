import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import type { RolloutEnd } from '../../../src/rollout/state/rollout-state.ts';
import { type FleetRun, type Outage, playFleet } from '../../support/simulated-fleet.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 3
`;
const ended = table.replaceAll('10.0.0.1:80', '10.0.0.2:80');
const directors = ['lb1', 'lb2', 'lb3', 'lb4'];
const runs = Number(process.env.DRAIN_FLEET_RUNS ?? 80);
const firstSeed = Number(process.env.DRAIN_FLEET_SEED ?? 1);
const outages: readonly Outage[] = ['hangs', 'refuses', 'answers-lost'];
const seeds = Array.from({ length: runs }, (_, nth) => firstSeed + nth);

const lines = (text: string) => text.trim().split('\n').toSorted();

/** Directors that fail at random, each for a while, in any phase; all of them are back in the end. */
async function playSeed(seed: number): Promise<{ run: FleetRun; wasReset: boolean }> {
  const prng = createPrng(seed);
  let wasReset = false;
  let isOver = false;
  const run = await playFleet({
    sketch: {
      from: '10.0.0.1',
      to: '10.0.0.2',
      ramp: { overMs: 30_000, everyMs: 3_000 },
      policy: {
        onFailure: prng.below(2) === 0 ? 'hold' : 'rollback',
        drainTimeoutMs: 120_000,
        settleMs: 2_000,
      },
    },
    machines: directors.map(() => ({ table })),
    ...(prng.below(3) > 0 ? { quorum: 1 + prng.below(4) } : {}),
    during: ({ at, fail, simulations }) => {
      for (let count = 1 + prng.below(4); count > 0; count--) {
        const director = directors[prng.below(4)] ?? '';
        const fromMs = prng.below(45_000);
        const outage = outages[prng.below(3)];
        const isReset = prng.below(6) === 0;
        at(fromMs, () => {
          if (!isOver) fail(director, outage);
        });
        at(fromMs + 500 + prng.below(60_000), () => {
          if (isReset && !isOver) {
            wasReset = true;
            simulations.get(director)?.ipvsadm(['-C']);
            simulations.get(director)?.ipvsadm(['-R'], table);
          }
          fail(director, undefined);
        });
      }
    },
  });
  isOver = true;
  return { run, wasReset };
}

/** Until it is over, as somebody would who reads what `drain` says. */
async function bringToEnd(run: FleetRun): Promise<RolloutEnd> {
  let { end } = run;
  for (const director of directors) run.fail(director, undefined);
  for (let tries = 0; end.exitCode === 7 && end.outcome === 'held' && tries < 5; tries++) {
    end = await run.goOn('forward');
  }
  return end;
}

describe(`${runs} seeded rollouts over four directors that fail at random`, () => {
  it.each(chunks(seeds, 25))('never lose a director: seeds %s', async (...some: number[]) => {
    for (const seed of some) {
      const { run, wasReset } = await playSeed(seed);
      const codes = { done: [0], 'rolled-back': [7], held: [6, 7] };
      const { outcome, exitCode } = run.end;
      expect(codes[outcome as keyof typeof codes], `seed ${seed}`).toContain(exitCode);
      const end = await bringToEnd(run);
      // While a machine is started anew its table is empty.
      if (!wasReset) expect(run.lowestTotal(), `seed ${seed}`).toBeGreaterThan(0);
      if (end.exitCode === 6) {
        // Another table under a director that was not lost is somebody else's edit, and stays.
        expect(wasReset, `seed ${seed}`).toBe(true);
        continue;
      }
      expect(['done', 'rolled-back'], `seed ${seed}`).toContain(end.outcome);
      const wanted = end.outcome === 'done' ? ended : table;
      for (const [name, text] of run.tables()) {
        expect(lines(text), `seed ${seed}, ${name}`).toEqual(lines(wanted));
      }
    }
  });
});

function chunks(all: readonly number[], size: number): number[][] {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}
