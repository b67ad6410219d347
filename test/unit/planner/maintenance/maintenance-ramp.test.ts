import { describe, expect, it } from 'vitest';
import {
  type MaintenanceRampInput,
  maintenanceRamp,
} from '../../../../src/planner/maintenance/maintenance-ramp.ts';

type Moving = readonly (readonly [now: number, target: number])[];

const ramp = (
  moving: Moving,
  bystanders: readonly number[],
  { steps, ...more }: Partial<MaintenanceRampInput> & { readonly steps: number },
) => {
  const made = maintenanceRamp({
    moving: moving.map(([now, target]) => ({ now, target })),
    bystanders,
    fractions: Array.from({ length: steps + 1 }, (_, k) => k / steps),
    connectionsPerStep: undefined,
    everyStepMoves: false,
    ...more,
  });
  expect(made.finalWeights).toEqual([...moving.map(([, target]) => target), ...bystanders]);
  return made;
};

describe('the weights of a maintenance', () => {
  const inOnePiece = { errorConnections: 0, baselineTotalWeight: 8, divisor: 4, multiplier: 4 };

  it('stand at once where there is one step, on the scale of the table', () => {
    expect(ramp([[4, 0]], [4], { steps: 1 })).toEqual({
      steps: [
        [4, 4],
        [0, 4],
      ],
      finalWeights: [0, 4],
      chosen: { finerThanWanted: false, scale: { ...inOnePiece, totalWeight: 8 } },
    });
    expect(ramp([[0, 8]], [4, 4], { steps: 1 }).chosen.scale).toEqual({
      ...inOnePiece,
      totalWeight: 16,
    });
  });

  it('stay where none of them moves', () => {
    expect(ramp([[4, 4]], [4], { steps: 2 })).toEqual({
      steps: [
        [4, 4],
        [4, 4],
        [4, 4],
      ],
      finalWeights: [4, 4],
      chosen: { finerThanWanted: false, scale: { ...inOnePiece, totalWeight: 8 } },
    });
  });

  it('fall step by step on a scale that has room for it, and end on that of the table', () => {
    const { steps, chosen } = ramp([[100, 0]], [300], { steps: 4, connectionsPerStep: 20 });
    expect(steps).toEqual([
      [4, 12],
      [3, 12],
      [2, 12],
      [1, 12],
      [0, 300],
    ]);
    expect(chosen).toEqual({
      finerThanWanted: false,
      scale: {
        multiplier: 4,
        divisor: 100,
        totalWeight: 16,
        baselineTotalWeight: 400,
        errorConnections: 0.8,
        connectionsPerStep: 20,
      },
    });
  });

  it('rise step by step, each server by its own part', () => {
    const both: Moving = [
      [0, 6],
      [2, 6],
    ];
    expect(ramp(both, [], { steps: 2 })).toMatchObject({
      steps: [
        [0, 2],
        [3, 4],
        [6, 6],
      ],
      chosen: { scale: { multiplier: 2, divisor: 2, totalWeight: 7, baselineTotalWeight: 2 } },
    });
  });

  it('of a server that stays are as they were, beside one that rises', () => {
    const both: Moving = [
      [4, 4],
      [0, 2],
    ];
    expect(ramp(both, [4], { steps: 2 })).toMatchObject({
      steps: [
        [4, 0, 4],
        [4, 1, 4],
        [4, 2, 4],
      ],
      chosen: { scale: { totalWeight: 9, baselineTotalWeight: 8 } },
    });
  });

  it('are on the scale of the table all the time where somebody else puts weights back', () => {
    const kept = ramp([[100, 0]], [300], { steps: 4, connectionsPerStep: 20, keepsScale: true });
    expect(kept.steps.map(([own, other]) => [own, other])).toEqual([
      [100, 300],
      [75, 300],
      [50, 300],
      [25, 300],
      [0, 300],
    ]);
    expect(kept.chosen.scale).toMatchObject({ multiplier: 100, divisor: 100, totalWeight: 400 });
  });

  it('fill the places of a table that has places', () => {
    const { steps, chosen } = ramp([[100, 0]], [300], { steps: 4, places: 256 });
    expect(steps).toEqual([
      [64, 192],
      [48, 192],
      [32, 192],
      [16, 192],
      [0, 300],
    ]);
    expect(chosen.scale).toMatchObject({ multiplier: 64, totalWeight: 256 });
  });

  it('move at each step where the steps were chosen one by one', () => {
    const own = (everyStepMoves: boolean) =>
      ramp([[1, 0]], [99], { steps: 4, connectionsPerStep: 2, everyStepMoves }).steps;
    expect(own(true).slice(0, 4)).toEqual([
      [4, 396],
      [3, 396],
      [2, 396],
      [1, 396],
    ]);
    expect(own(false).slice(0, 4)).toEqual([
      [1, 99],
      [1, 99],
      [0, 99],
      [0, 99],
    ]);
  });
});
