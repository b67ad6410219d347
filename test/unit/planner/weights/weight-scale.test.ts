import { describe, expect, it } from 'vitest';
import { rampTable } from '../../../../src/planner/weights/ramp-table.ts';
import {
  chooseScale,
  keepScale,
  scaleError,
  scaleForPlaces,
} from '../../../../src/planner/weights/weight-scale.ts';

const withWeights = (weights: readonly number[]) => weights.map((weight) => ({ weight }));

/** Old servers whose weight one new server gains, beside bystanders. */
const tableOf = (old: readonly number[], bystanders: readonly number[], extra = 0) =>
  rampTable(
    { old: withWeights(old), new: withWeights([0]), bystanders: withWeights(bystanders), out: [] },
    [old.reduce((a, b) => a + b, 0) + extra],
    extra,
  );

const equalSteps = (count: number) => Array.from({ length: count + 1 }, (_, k) => k / count);

const pair = tableOf([100], []);
const besideTwice = tableOf([30], [60]);
/** 7 beside 97 and 13: no coarser table has these shares. */
const prime = tableOf([7], [97, 13]);
const canary = [0, 0.01, 0.05, 0.25, 1];

describe('the scale that is chosen', () => {
  // Weights 20 in twenty steps are exact; fewer come round within a step that has fewer connections.
  it.each([
    [0.2, 2, 0.3],
    [1, 2, 0.3],
    [2, 2, 0.5],
    [5, 5, 0.6],
    [10, 10, 0.7],
    [13, 13, 0.8],
    [14, 14, 0.7],
    [20, 20, 0.5],
    [40, 20, 0.9],
    [100, 20, 1.8],
    [1_000, 20, 2.1],
    [100_000, 20, 2.1],
  ])('for 100 in twenty steps, at %d connections each, is %d and off by %d', (a, total, off) => {
    expect(chooseScale(pair, equalSteps(20), a)).toEqual({
      finerThanWanted: false,
      scale: {
        multiplier: total,
        divisor: 100,
        totalWeight: total,
        baselineTotalWeight: 100,
        errorConnections: off,
        connectionsPerStep: Math.round(a),
      },
    });
  });

  it.each([
    [5, 2, 6, 0.8],
    [30, 10, 30, 0.8],
    [90, 30, 90, 1.5],
    [300, 100, 300, 5.3],
    // A cycle of 90 comes round 33 times, and of 3000 the error is that of thirty steps.
    [3_000, 30, 90, 14.3],
  ])('for 30 beside 60 in thirty steps, at %d, is %d', (connections, multiplier, total, off) => {
    expect(chooseScale(besideTwice, equalSteps(30), connections)).toEqual({
      finerThanWanted: false,
      scale: {
        multiplier,
        divisor: 30,
        totalWeight: total,
        baselineTotalWeight: 90,
        errorConnections: off,
        connectionsPerStep: connections,
      },
    });
  });

  it('is for a hundred connections where nobody knows how many there are', () => {
    const scale = { divisor: 100, baselineTotalWeight: 100 };
    expect(chooseScale(pair, equalSteps(20), undefined)).toEqual({
      finerThanWanted: false,
      scale: { ...scale, multiplier: 20, totalWeight: 20, errorConnections: 2.1 },
    });
    expect(chooseScale(besideTwice, equalSteps(30), undefined).scale).toEqual({
      multiplier: 6,
      divisor: 30,
      totalWeight: 18,
      baselineTotalWeight: 90,
      errorConnections: 4.6,
    });
  });

  it('is not coarser than the shares allow, and says where a step is too short for it', () => {
    const [exact, finer] = [
      { finerThanWanted: false, scale: { multiplier: 1, divisor: 1, totalWeight: 117 } },
      { finerThanWanted: true, scale: { multiplier: 1, divisor: 1, totalWeight: 117 } },
    ];
    expect(chooseScale(prime, canary, undefined)).toMatchObject(exact);
    expect(chooseScale(prime, canary, 5)).toMatchObject(finer);
    expect(chooseScale(prime, canary, 58)).toMatchObject(finer);
    expect(chooseScale(prime, canary, 59)).toMatchObject(exact);
    expect(chooseScale(prime, canary, 90)).toMatchObject(exact);
  });

  it.each([
    [17, 300, 17],
    [31, 1_000, 31],
    [37, 3_000, 37],
  ])('is as fine as there are steps where that is exact: %i at %i', (steps, perStep, total) => {
    expect(chooseScale(pair, equalSteps(steps), perStep).scale.multiplier).toBe(total);
  });

  it('is hundredths for percentages, where a step has connections for that', () => {
    const { multiplier } = chooseScale(pair, [0, 0.03, 0.17, 0.41, 1], 100).scale;
    expect(multiplier).toBe(100);
  });

  it('has room for each step where the steps were chosen one by one', () => {
    const everyStepMoves = { everyStepMoves: true };
    const multiplier = (...of: Parameters<typeof chooseScale>) =>
      chooseScale(...of).scale.multiplier;
    // 1 % of 7 x 8 is the first that rounds to one.
    for (const perStep of [undefined, 5, 300])
      expect(multiplier(prime, canary, perStep, everyStepMoves)).toBe(8);
    expect(multiplier(pair, [0, 0.001, 0.01, 1], 10, everyStepMoves)).toBe(606);
    expect(multiplier(pair, [0, 0.001, 0.01, 1], 10)).toBe(1);
    // 1 % of 95 rounds to one, and 2 % to two.
    expect(multiplier(pair, [0, 0.01, 0.02, 1], 10, everyStepMoves)).toBe(95);
  });

  it('stays as it is where no weight that ipvsadm takes has room for a finer one', () => {
    const large = tableOf([65_535], [65_534]);
    const scale = { multiplier: 1, divisor: 1, totalWeight: 131_069, baselineTotalWeight: 131_069 };
    const everyStepMoves = { everyStepMoves: true };
    expect(chooseScale(large, [0, 0.000_001, 0.5, 1], 10, everyStepMoves)).toEqual({
      finerThanWanted: true,
      scale: { ...scale, errorConnections: 5, connectionsPerStep: 10 },
    });
  });

  it('counts the weight that comes on top of the service', () => {
    expect(chooseScale(tableOf([0], [10], 5), equalSteps(4), 10)).toEqual({
      finerThanWanted: false,
      scale: {
        multiplier: 4,
        divisor: 5,
        totalWeight: 12,
        baselineTotalWeight: 10,
        errorConnections: 0.6,
        connectionsPerStep: 10,
      },
    });
  });

  it('is the one that comes round oftenest where nobody knows the number of connections well', () => {
    const multiplier = (uncertainty: number) =>
      chooseScale(pair, equalSteps(20), 20, { uncertainty }).scale.multiplier;
    expect([0, 0.05, 1].map(multiplier)).toEqual([20, 20, 8]);
  });
});

describe('the scale that is kept', () => {
  it.each([
    [undefined, 14.3],
    [0.5, 0.3],
    [5, 1.7],
    [30, 10],
    [90, 1.5],
  ])('is that of the table, and off by what it costs at %j', (connections, off) => {
    expect(keepScale(besideTwice, equalSteps(30), connections)).toEqual({
      finerThanWanted: false,
      scale: {
        multiplier: 30,
        divisor: 30,
        totalWeight: 90,
        baselineTotalWeight: 90,
        errorConnections: off,
        ...(connections === undefined ? {} : { connectionsPerStep: Math.round(connections) }),
      },
    });
  });
});

describe('the scale for the places of a table', () => {
  // Of 256 places the weights 85 : 170 take 255, and whoever is first has the last.
  it.each([
    [undefined, 0.6],
    [0.1, 0],
    [300, 1.8],
    [3_000, 17.6],
  ])('is the finest that finds room, and off by who has the last one, at %j', (perStep, off) => {
    expect(
      scaleForPlaces(besideTwice, equalSteps(30), { places: 256, connectionsPerStep: perStep }),
    ).toEqual({
      finerThanWanted: false,
      scale: {
        multiplier: 85,
        divisor: 30,
        totalWeight: 255,
        baselineTotalWeight: 90,
        errorConnections: off,
        ...(perStep === undefined ? {} : { connectionsPerStep: Math.round(perStep) }),
      },
    });
  });

  it('fills them all where it can, and is that of the table where it is too large', () => {
    const of = (table: typeof pair) =>
      scaleForPlaces(table, equalSteps(4), { places: 256, connectionsPerStep: 100 }).scale;
    expect(of(pair)).toMatchObject({ multiplier: 256, totalWeight: 256, errorConnections: 0 });
    expect(of(tableOf([100], [300]))).toMatchObject({ multiplier: 64, totalWeight: 256 });
    // At a weight of 12 in all, on top of which come 5, it is the end that has to find room.
    expect(of(tableOf([0], [10], 5))).toMatchObject({ multiplier: 85, totalWeight: 255 });
    expect(of(tableOf([257], [256]))).toMatchObject({ multiplier: 1, totalWeight: 513 });
  });
});

describe('what a scale costs at a rate that was measured', () => {
  const off = (multiplier: number, connectionsPerStep: number, uncertainty = 0) =>
    scaleError(pair, multiplier, equalSteps(20), { connectionsPerStep, uncertainty });

  it('is what is left of a cycle, and what the rounding of weights leaves', () => {
    // Of 20 at 19/1 two in a hundred may be one too many for the larger one.
    expect(off(20, 20)).toBeCloseTo(0.4 * 0.45, 9);
    expect(off(20, 40)).toBeCloseTo(0.8 * 0.45, 9);
    expect(off(20, 10)).toBeCloseTo(2.1, 9);
    // Half of one is nobody's.
    expect(off(1, 10)).toBeCloseTo(5, 9);
  });

  it('is that of one connection where there are fewer, and of a rate as doubtful as it is', () => {
    expect(off(20, 0.2)).toBe(off(20, 1));
    expect(off(20, 20, 0.01)).toBe(off(20, 20, 0.02));
    expect(off(20, 20, 0.03)).toBeCloseTo(0.6 * 0.45, 9);
    expect(off(20, 20, 0.3)).toBeCloseTo(2.1, 9);
  });
});
