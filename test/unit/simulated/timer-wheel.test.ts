import { expect, test } from 'vitest';
import { ActionTimer, TimerWheel } from '../../../src/ipvs/simulated/time/timer-wheel.ts';

function recorder(wheel: TimerWheel) {
  const fired: string[] = [];
  const timer = (name: string) => new ActionTimer(() => fired.push(`${name}@${wheel.nowMs}`));
  return { fired, timer };
}

test('timers fire in the order of their times, and of their arming when those are equal', () => {
  const wheel = new TimerWheel(0);
  const { fired, timer } = recorder(wheel);
  wheel.arm(timer('late'), 5_000);
  wheel.arm(timer('a'), 30);
  wheel.arm(timer('b'), 30);
  wheel.arm(timer('early'), 20.5);
  wheel.advanceTo(10_000);
  expect(fired).toEqual(['early@20.5', 'a@30', 'b@30', 'late@5000']);
  expect(wheel.nowMs).toBe(10_000);
});

test('nothing fires before its time, whatever bucket it is in', () => {
  const wheel = new TimerWheel(0);
  const { fired, timer } = recorder(wheel);
  wheel.arm(timer('a'), 150);
  wheel.arm(timer('b'), 199);
  wheel.advanceTo(149);
  expect(fired).toEqual([]);
  wheel.advanceTo(150);
  expect(fired).toEqual(['a@150']);
  wheel.arm(timer('c'), 160);
  wheel.advanceTo(300);
  expect(fired).toEqual(['a@150', 'c@160', 'b@199']);
});

test('an armed timer can be moved and disarmed', () => {
  const wheel = new TimerWheel(0);
  const { fired, timer } = recorder(wheel);
  const [moved, stopped, near] = [timer('moved'), timer('stopped'), timer('near')];
  wheel.arm(moved, 100);
  wheel.arm(stopped, 5_000);
  wheel.arm(near, 10);
  wheel.arm(moved, 7_000);
  wheel.advanceTo(1);
  wheel.disarm(stopped);
  wheel.disarm(near);
  wheel.advanceTo(10_000);
  expect(fired).toEqual(['moved@7000']);
});

test('what a timer arms fires in the same advance', () => {
  const wheel = new TimerWheel(1_000);
  const { fired, timer } = recorder(wheel);
  wheel.arm(new ActionTimer(() => wheel.arm(timer('second'), wheel.nowMs)), 1_500);
  wheel.advanceTo(1_500);
  expect(fired).toEqual(['second@1500']);
});
