import { expect, it } from 'vitest';
import { hundredths, shareError } from '../../../bench/share-error.ts';

it('a step is off by what the new server got too much or too little', () => {
  const steps = [
    { intended: 0, connections: 10, toNew: 0 },
    { intended: 0.25, connections: 10, toNew: 3 },
    { intended: 0.5, connections: 10, toNew: 3 },
    { intended: 1, connections: 10, toNew: 10 },
  ];
  expect(shareError(steps)).toEqual({ worst: 2, mean: 0.625 });
});

it('a share that floating point cannot say is met all the same', () => {
  expect(shareError([{ intended: 0.07, connections: 100, toNew: 7 }])).toEqual({
    worst: 0,
    mean: 0,
  });
});

it('a script rounds each step to hundredths', () => {
  expect(hundredths(3)).toEqual([
    [100, 0],
    [67, 33],
    [33, 67],
    [0, 100],
  ]);
});
