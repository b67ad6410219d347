import { assertNever } from '../../domain/assert-never.ts';
import type { Curve, RampRequest, ScheduledStep, Stop } from '../../domain/rollout/plan.ts';

/** The base of the exponential curve, which has moved 9 % at half time. */
const exponentialBase = 100;

/** Fraction moved (0...1) when the part `x` (0...1) of the ramp has passed; 0 at 0, 1 at 1, never falling. */
export function curveFraction(curve: Curve, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  switch (curve) {
    case 'linear':
      return x;
    case 's-curve':
      return x * x * (3 - 2 * x);
    case 'exponential':
      return (exponentialBase ** x - 1) / (exponentialBase - 1);
    default:
      return assertNever(curve);
  }
}

/**
 * The steps of a ramp, with times and fractions moved. `over 10s, every 2.5s`: 0, 2.5, 5, 7.5 and
 * 10 s, with 0, 0.25, 0.5, 0.75 and 1; `over 0s` is step 0 and step 1, both at 0.
 */
export function rampSchedule(ramp: RampRequest): readonly ScheduledStep[] {
  const schedule = wholeSchedule(ramp);
  return ramp.until === undefined ? schedule : withStepAt(schedule, ramp.until).schedule;
}

/** Fractions that differ by less are one: of a step, and as somebody writes it. */
const sameFraction = 1e-9;

/** The first step at which so much has moved; the last one where none has. */
export function stepAt(schedule: readonly ScheduledStep[], fraction: number): number {
  const found = schedule.findIndex((step) => step.fraction >= fraction - sameFraction);
  return found < 0 ? schedule.length - 1 : found;
}

/**
 * The schedule with a step at which exactly `fraction` has moved, due when the way between the steps
 * around it gets there; `inserted` is its number, absent where there was such a step. 12 % between
 * 10 % at 10 s and 15 % at 15 s comes at 12 s.
 */
export function withStepAt(
  schedule: readonly ScheduledStep[],
  fraction: number,
): { readonly schedule: readonly ScheduledStep[]; readonly inserted?: number } {
  const step = stepAt(schedule, fraction);
  const [before, after] = [schedule[step - 1], schedule[step]];
  if (!before || !after || after.fraction - fraction < sameFraction) return { schedule };
  const part = (fraction - before.fraction) / (after.fraction - before.fraction);
  const atMs = before.atMs + Math.round(part * (after.atMs - before.atMs));
  return { schedule: schedule.toSpliced(step, 0, { atMs, fraction }), inserted: step };
}

function wholeSchedule(ramp: RampRequest): readonly ScheduledStep[] {
  const { percentages } = ramp;
  if (percentages && ramp.stops) return stopSchedule(ramp, percentages, ramp.stops);
  const count = percentages?.length ?? Math.max(1, Math.ceil(ramp.overMs / ramp.everyMs));
  return Array.from({ length: count + 1 }, (_, k) => ({
    atMs: Math.round((k * ramp.overMs) / count),
    fraction:
      k === 0
        ? 0
        : percentages
          ? (percentages[k - 1] ?? 100) / 100
          : curveFraction(ramp.curve, k / count),
  }));
}

/** Steps of a plan file: each lasts its own hold, the others `everyMs`. */
function stopSchedule(
  { everyMs }: RampRequest,
  percentages: readonly number[],
  stops: readonly Stop[],
): readonly ScheduledStep[] {
  const steps: ScheduledStep[] = [{ atMs: 0, fraction: 0 }];
  let atMs = everyMs;
  for (const [index, percentage] of percentages.entries()) {
    const { holdMs = everyMs, manual, gates } = stops[index] ?? {};
    steps.push({
      atMs,
      fraction: percentage / 100,
      ...(manual ? { manual } : {}),
      ...(gates ? { gates } : {}),
    });
    atMs += holdMs;
  }
  return steps;
}

/**
 * The default time between two steps (CONTRACT): T/20 in whole seconds, at least 1 s, at most 30 s.
 */
export function defaultEveryMs(overMs: number): number {
  const wholeSeconds = Math.floor(overMs / 20_000) * 1_000;
  return Math.min(30_000, Math.max(1_000, wholeSeconds));
}
