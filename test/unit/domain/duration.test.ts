import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/domain/duration.ts';

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['20ms', 20],
    ['1.5s', 1_500],
    ['90s', 90_000],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['0.4ms', 0],
    ['0.5ms', 1],
    ['10.25s', 10_250],
    ['365d', 31_536_000_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '5',
    's',
    '5 s',
    '-5s',
    '+5s',
    '.5s',
    '5.s',
    '1.2.3s',
    '1e3s',
    '5sec',
    'x5s',
    '5s ',
    '5S',
    // Units stand from large to small, each once.
    '30m1h',
    '1s1s',
    '365d1ms',
  ])('is not "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('has 64 characters at most', () => {
    expect(parseDuration(`${'0'.repeat(62)}1s`)).toBe(1_000);
    expect(parseDuration(`${'0'.repeat(63)}1s`)).toBeUndefined();
  });

  it.each([
    [-1, '0s'],
    [0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [60_000, '1m'],
    [61_000, '1m1s'],
    [3_600_000, '1h'],
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
    [93_784_005, '1d2h3m4.005s'],
  ])('of %i ms is printed as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
