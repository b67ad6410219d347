import { expect, it } from 'vitest';
import { EditPace } from '../../../../src/kube/run/edit-pace.ts';

it('steps of a ramp are a second apart, what is urgent a tenth, where edits are quick', () => {
  const pace = new EditPace();
  for (let i = 0; i < 9; i++) pace.edited(10_000 + i * 100, 10_030 + i * 100, true);
  expect([pace.mayMs(true), pace.mayMs(false)]).toEqual([10_930, 11_830]);
});

it('where edits take long three that are urgent are made in three seconds, whatever a ramp does meanwhile', () => {
  const pace = new EditPace();
  for (let i = 0; i < 5; i++) pace.edited(i * 1_000, i * 1_000 + 400, false);
  expect(pace.mayMs(true)).toBe(4_500);
  for (const at of [5_000, 5_500, 6_000]) pace.edited(at, at + 400, true);
  expect([pace.mayMs(true), pace.mayMs(false)]).toEqual([8_400, 7_400]);
  pace.edited(7_400, 7_800, false);
  expect(pace.mayMs(true)).toBe(8_400);
});
