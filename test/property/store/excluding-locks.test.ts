import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import type { Lock } from '../../../src/rollout/ports.ts';
import { withFolder } from '../../support/drain-command.ts';
import {
  createLockWorld,
  oneOf,
  places,
  type SimulatedPlace,
  type SimulatedProcess,
} from '../../support/lock-world.ts';

const runs = Number(process.env.DRAIN_LOCK_RUNS ?? 12);
const firstSeed = Number(process.env.DRAIN_LOCK_SEED ?? 1);
const resources = ['tcp/10.0.0.100:80 on ipvsadm', 'fwm/7 on ipvsadm'];

interface Taker {
  readonly name: string;
  process: SimulatedProcess;
  lock: Lock | undefined;
  isDead: boolean;
}

/** Takers in all places take, keep, release, stop for a while and die. Returns what must not be. */
async function play(seed: number, folder: string) {
  const prng = createPrng(seed);
  const world = createLockWorld(folder);
  const all: Taker[] = [];
  const violations: string[] = [];
  let grants = 0;
  let refusals = 0;
  let isOver = false;
  const check = (): void => {
    const holders = all.filter(({ lock, isDead }) => !isDead && (lock?.lockedForMs?.() ?? 0) > 0);
    if (holders.length > 1)
      violations.push(`at ${world.nowMs()}: ${holders.map(({ name }) => name).join(', ')}`);
  };
  const work = async (taker: Taker): Promise<void> => {
    const { timing } = taker.process.tools;
    const locks = taker.process.locks();
    while (!isOver && !taker.isDead) {
      await timing.sleep(100 + prng.below(4_000));
      const momentary = prng.below(3) === 0;
      const locked = await locks.lock(resources, taker.name, { momentary });
      if (!locked.ok) {
        expect(locked.failure.kind, locked.failure.what).toBe('conflict');
        refusals++;
        continue;
      }
      grants++;
      taker.lock = locked.value;
      check();
      await timing.sleep(prng.below(momentary ? 300 : 15_000));
      check();
      taker.lock = undefined;
      await locked.value.release();
    }
  };
  const spawn = (place: SimulatedPlace): void => {
    const process = world.start(place);
    const taker = { name: `taker-${all.length}`, process, lock: undefined, isDead: false };
    all.push(taker);
    void work(taker);
  };
  const kinds = [places.host, places.container, places.other, places.blind] as const;
  for (const place of [...kinds, places.host]) spawn(place);
  for (let i = 0; i < 60; i++) {
    await world.pass(500 + prng.below(5_000));
    check();
    const living = all.filter(({ isDead }) => !isDead);
    const one = living[prng.below(living.length)];
    if (!one) continue;
    if (prng.below(3) > 0) one.process.stopFor(500 + prng.exponential(12_000));
    else {
      one.isDead = true;
      one.process.kill();
      spawn(oneOf(prng, kinds));
    }
  }
  isOver = true;
  for (const { process } of all) process.kill();
  await world.pass(60_000);
  return { violations, grants, refusals };
}

describe('takers in two containers, on two machines and without /proc', () => {
  it(`are never granted a lock at once, and all get their turn, over ${runs} seeded runs`, async () => {
    let all = { grants: 0, refusals: 0 };
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const { violations, grants, refusals } = await withFolder((folder) => play(seed, folder));
      expect(violations, `seed ${seed}`).toEqual([]);
      expect(grants, `seed ${seed}`).toBeGreaterThan(5);
      all = { grants: all.grants + grants, refusals: all.refusals + refusals };
    }
    expect(all.grants).toBeGreaterThan(runs * 10);
    expect(all.refusals).toBeGreaterThan(runs);
  });
});
