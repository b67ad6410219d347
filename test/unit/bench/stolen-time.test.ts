import { expect, test } from 'vitest';
import { machineTicksIn, stolenLines, stolenPercent } from '../../../bench/stolen-time.ts';

const stat = 'cpu  100 1 20 800 4 0 5 70 9 9\ncpu0 50 1 10 400 2 0 2 35 0 0\nintr 1\n';

test('ticks are those of all processors together, a guest not counted twice', () => {
  expect(machineTicksIn(stat)).toEqual({ all: 1_000, stolen: 70 });
});

test('what the host took is a part of the time between two looks', () => {
  expect(stolenPercent({ all: 1_000, stolen: 70 }, { all: 2_000, stolen: 390 })).toBe(32);
  const now = { all: 1_000, stolen: 70 };
  expect(stolenPercent(now, now)).toBe(0);
});

test('a table is followed by a line where it was much, and by none where it was little', () => {
  expect(stolenLines(2)).toEqual([]);
  expect(stolenLines(32)).toEqual([expect.stringContaining(' 32 % ')]);
});
