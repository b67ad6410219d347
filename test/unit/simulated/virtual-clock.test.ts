import { expect, test } from 'vitest';
import { TimerWheel } from '../../../src/ipvs/simulated/time/timer-wheel.ts';
import { VirtualClock } from '../../../src/ipvs/simulated/time/virtual-clock.ts';

test('time jumps to where the only sleeper wants to be', async () => {
  const clock = new VirtualClock(new TimerWheel(1_000));
  await clock.sleepUntil(3_600_000);
  expect(clock.nowMs()).toBe(3_600_000);
});

test('a time that has passed is no sleep, and time never goes back', async () => {
  const clock = new VirtualClock(new TimerWheel(1_000));
  await clock.sleepUntil(500);
  expect(clock.nowMs()).toBe(1_000);
});

test('of several sleepers the earliest wakes first, also when it comes last', async () => {
  const clock = new VirtualClock(new TimerWheel(0));
  const woken: string[] = [];
  const sleep = async (name: string, times: readonly number[]) => {
    for (const time of times) {
      await clock.sleepUntil(time);
      woken.push(`${name}@${clock.nowMs()}`);
    }
  };
  await Promise.all([sleep('a', [100, 5_000]), sleep('b', [200, 250, 4_000])]);
  expect(woken).toEqual(['a@100', 'b@200', 'b@250', 'b@4000', 'a@5000']);
});

test('an abort ends a sleep where time stands', async () => {
  const clock = new VirtualClock(new TimerWheel(0), 0.001);
  const abort = new AbortController();
  const sleeping = clock.sleepUntil(86_400_000, abort.signal);
  abort.abort();
  await sleeping;
  expect(clock.nowMs()).toBeLessThan(1_000);
  await clock.sleepUntil(86_400_000, abort.signal);
});

test('the event loop has its turn while time flies', async () => {
  const clock = new VirtualClock(new TimerWheel(0));
  const abort = new AbortController();
  setImmediate(() => abort.abort());
  await clock.sleepUntil(365 * 86_400_000, abort.signal);
  expect(clock.nowMs()).toBeLessThan(365 * 86_400_000);
});

test('paced time moves in small slices', async () => {
  const wheel = new TimerWheel(0);
  const seen: number[] = [];
  const time = {
    get nowMs() {
      return wheel.nowMs;
    },
    advanceTo(timeMs: number) {
      seen.push(timeMs);
      wheel.advanceTo(timeMs);
    },
  };
  await new VirtualClock(time, 100).sleepUntil(60_000);
  expect(wheel.nowMs).toBeGreaterThanOrEqual(60_000);
  // 600 ms of real time in slices of 50, and of 250 at most where the machine is busy.
  expect(seen.length).toBeGreaterThan(2);
});

test('time stands still while something real goes on, for all sleepers, and then goes on', async () => {
  for (const speed of [0, 1_000_000]) {
    const clock = new VirtualClock(new TimerWheel(0), speed);
    const sleeping = clock.sleepUntil(86_400_000);
    const real = async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return clock.nowMs();
    };
    const stood = await Promise.all([clock.standStill(real), clock.standStill(real)]);
    expect(stood).toEqual([0, 0]);
    await sleeping;
    expect(clock.nowMs()).toBe(86_400_000);
  }
});
