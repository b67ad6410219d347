import { expect, it } from 'vitest';
import { hearAgent, isOutByAgent, shareOf, silent } from '../../../../src/guard/decide/agent.ts';

const heard = (...lines: readonly string[]) =>
  lines.reduce((standing, line) => hearAgent(standing, line, {}).standing, silent);

it.each([
  [['75%'], { percent: 75, admin: 'ready', isDown: false }],
  [['75%', 'drain'], { percent: 75, admin: 'drain', isDown: false }],
  [['drain', 'up'], { percent: 100, admin: 'drain', isDown: false }],
  [['maint', 'ready'], silent],
  [['fail', '20%'], { percent: 20, admin: 'ready', isDown: true }],
  [['stopped#disk full, drain', 'UP, 30%'], { percent: 30, admin: 'ready', isDown: false }],
  [['ready up\t140%'], silent],
  [[''], silent],
] as const)('the lines %j make %j', (lines, standing) => {
  expect(heard(...lines)).toEqual(standing);
});

it('0% takes a server out as drain does, unless there is a least percentage', () => {
  expect(isOutByAgent(heard('0%'))).toBe(true);
  const kept = hearAgent(silent, '0%', { least: 20 }).standing;
  expect([isOutByAgent(kept), kept.percent]).toEqual([false, 20]);
  expect(isOutByAgent(hearAgent(kept, 'drain', { least: 20 }).standing)).toBe(true);
});

it('words that mean nothing are named, and the others count', () => {
  expect(hearAgent(silent, 'maxconn:30 10% -5% # why', {})).toEqual({
    standing: { ...silent, percent: 10 },
    unknown: ['maxconn:30', '-5%'],
  });
});

it('a share is at least 1, and nothing of nothing', () => {
  const at = (percent: number, base: number) => shareOf({ ...silent, percent }, base);
  expect([at(1, 3), at(50, 3), at(75, 1), at(50, 0), at(100, 7)]).toEqual([1, 2, 1, 0, 7]);
});
