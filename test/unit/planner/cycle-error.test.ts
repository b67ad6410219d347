import { describe, expect, it } from 'vitest';
import { cycleError } from '../../../src/planner/weights/cycle-error.ts';

describe('the error of an unfinished cycle', () => {
  it.each([
    // A A A B: any four in a row are a cycle, any two may be A A or A B.
    { weights: [75, 25], connections: 4, error: 0 },
    { weights: [75, 25], connections: 5, error: 0.25 },
    { weights: [75, 25], connections: 2, error: 0.5 },
    { weights: [3, 1], connections: 4_000_001, error: 0.25 },
    { weights: [1, 1, 1], connections: 7, error: 0 },
    { weights: [5, 0], connections: 7, error: 0 },
    { weights: [0, 0], connections: 7, error: 0 },
    // At the lowest level both have their turn: 2 x (1/2 - 1/100).
    { weights: [99, 1], connections: 50, error: 0.98 },
  ])('is $error for $connections connections at $weights', ({ weights, connections, error }) => {
    expect(cycleError(weights, connections)).toBeCloseTo(error, 10);
  });

  it('grows with what is not known of the number of connections, up to a whole cycle', () => {
    const errorAt = (tolerance: number): number => cycleError([13, 7], 20, tolerance);
    expect(errorAt(0)).toBe(0);
    expect(errorAt(0.05)).toBeCloseTo(0.35, 10);
    // Six levels belong to the larger alone: 6 x 7/20.
    expect(errorAt(1)).toBeCloseTo(2.1, 10);
  });
});
