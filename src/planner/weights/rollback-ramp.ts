import type { ServiceKey } from '../../domain/address.ts';
import { maxWeight } from '../../domain/ipvs/ipvs.ts';
import type { RollbackRamp, ScheduledStep } from '../../domain/rollout/plan.ts';
import { apportion } from './apportion.ts';

/** The weights of one service as they are and as they were before, on the same scale. */
export interface RollbackRampRequest {
  readonly service: ServiceKey;
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** All weights may be multiplied alike: then a step can be finer than one unit of weight. */
  readonly mayRescale: boolean;
}

export interface ReturnRequest {
  readonly overMs: number;
  readonly everyMs: number;
  /** The fraction moved when the rollback starts, 0...1. */
  readonly movedFraction: number;
  readonly directors: readonly {
    readonly director: string;
    readonly services: readonly RollbackRampRequest[];
  }[];
}

/** The ramp from the present weights to the baseline's shares, in even steps. */
export function rollbackRamp(request: ReturnRequest): RollbackRamp {
  const { overMs, everyMs, movedFraction } = request;
  const count = Math.max(1, Math.ceil(overMs / everyMs));
  const schedule = Array.from(
    { length: count + 1 },
    (_, k): ScheduledStep => ({
      atMs: Math.round((k * overMs) / count),
      fraction: movedFraction * (1 - k / count),
    }),
  );
  return {
    schedule,
    directors: request.directors.map(({ director, services }) => ({
      director,
      services: services.map((way) => ({ service: way.service, steps: stepsBack(way, count) })),
    })),
  };
}

/**
 * The units that servers have to give back, and those that they get, each handed over in a fair order:
 * `from [0, 4, 1], to [4, 0, 1]` in two steps is `[0, 4, 1], [2, 2, 1], [4, 0, 1]`. Webster's method
 * hands out one unit after another, so nobody who gets weight ever loses some on the way.
 */
export function stepsBack(way: RollbackRampRequest, count: number): readonly (readonly number[])[] {
  const scale = way.mayRescale ? scaleFor(way, count) : 1;
  const from = way.from.map((weight) => weight * scale);
  const change = way.to.map((weight, i) => weight * scale - (from[i] ?? 0));
  const gains = change.map((one) => Math.max(0, one));
  const losses = change.map((one) => Math.max(0, -one));
  const part = (whole: readonly number[], k: number): readonly number[] =>
    apportion(Math.round((sum(whole) * k) / count), whole);
  return Array.from({ length: count + 1 }, (_, k) => {
    const [gained, lost] = [part(gains, k), part(losses, k)];
    return from.map((weight, i) => weight + (gained[i] ?? 0) - (lost[i] ?? 0));
  });
}

/** The factor of all weights with which each step moves at least one unit, where there is room. */
function scaleFor({ from, to }: RollbackRampRequest, count: number): number {
  const moved = sum(to.map((weight, i) => Math.abs(weight - (from[i] ?? 0)))) / 2;
  if (moved === 0) return 1;
  const largest = Math.max(...from, ...to);
  return Math.max(1, Math.min(Math.ceil(count / moved), Math.floor(maxWeight / largest)));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
