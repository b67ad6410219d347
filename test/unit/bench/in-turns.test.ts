import { expect, it } from 'vitest';
import { inTurns, mediansInTurns } from '../../../bench/in-turns.ts';
import { median, quantile } from '../../../bench/quantiles.ts';

it('measures run in turns, forwards and backwards, and the first round is not counted', async () => {
  const order: string[] = [];
  const measure = (name: string) => () => {
    order.push(name);
    return order.length;
  };
  const values = await inTurns(2, { ours: measure('ours'), theirs: measure('theirs') });
  expect(order).toEqual(['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs']);
  expect(values).toEqual({ ours: [4, 5], theirs: [3, 6] });
  expect(await mediansInTurns(3, { same: () => 7 })).toEqual({ same: 7 });
});

it('a quantile lies between its neighbours in proportion, whatever their order', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([10, 20, 30], 0)).toBe(10);
  expect(quantile([30, 10, 20], 1)).toBe(30);
  expect(quantile([0, 100], 0.99)).toBe(99);
  expect(median([])).toBeNaN();
});
