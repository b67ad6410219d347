/** The most steps of a ramp after its first weight, which is 1. */
const mostSteps = 10;
/**
 * The shortest time between two edits: each makes wrr begin its cycle again, so there should be
 * connections in between.
 */
const shortestStepMs = 1_000;

export interface RampUp {
  /** The weight at the end of the ramp. */
  readonly wanted: number;
  readonly overMs: number;
}

/**
 * The weight `elapsedMs` after the start: 1 at once, then equal steps. A service's other weights are
 * not touched, so a ramp is as fine as the weight is: 100 in 30 s is 1, 10, 20, 30, ... a step
 * each 3 s; 3 is 1, 2, 3; and 1 comes back whole.
 */
export function rampWeight(ramp: RampUp, elapsedMs: number): number {
  if (elapsedMs >= ramp.overMs || stepsOf(ramp) === 0) return ramp.wanted;
  return weightAt(ramp, stepReached(ramp, elapsedMs));
}

/** The time into its ramp of a server that has this weight already. */
export function elapsedAt(ramp: RampUp, weight: number): number {
  const steps = stepsOf(ramp);
  let reached = 0;
  while (reached < steps && weightAt(ramp, reached + 1) <= weight) reached++;
  return steps === 0 ? ramp.overMs : (reached * ramp.overMs) / steps;
}

/** The time of the next step, in milliseconds after the start. */
export function nextStepAt(ramp: RampUp, elapsedMs: number): number {
  const steps = stepsOf(ramp);
  if (steps === 0) return ramp.overMs;
  return Math.ceil(((stepReached(ramp, elapsedMs) + 1) * ramp.overMs) / steps);
}

const stepsOf = ({ wanted, overMs }: RampUp): number =>
  Math.max(0, Math.min(mostSteps, wanted - 1, Math.ceil(overMs / shortestStepMs)));

/** The steps reached; a step due at a fraction of a millisecond counts at the whole one. */
const stepReached = (ramp: RampUp, elapsedMs: number): number =>
  Math.floor((elapsedMs * stepsOf(ramp)) / ramp.overMs + 1e-6);

const weightAt = (ramp: RampUp, step: number): number =>
  Math.max(1, Math.floor(1 + ((ramp.wanted - 1) * step) / stepsOf(ramp)));
