import type { Ramp } from '../kube-view.ts';

/** The most steps of a ramp, and the shortest time between two: each edit makes wrr begin its cycle again. */
const mostSteps = 10;
const shortestStepMs = 1_000;

const stepsIn = (overMs: number): number =>
  Math.max(1, Math.min(mostSteps, Math.floor(overMs / shortestStepMs)));

/**
 * The part of its weight that a server has now, in steps: from 0 over 30 s it is 0, then a tenth more
 * every 3 s. A ramp that begins in the middle keeps the pace of a whole one, so from 0.5 it takes 15 s.
 */
export function fractionAt(ramp: Ramp, overMs: number, nowMs: number): number {
  const { from, to } = ramp;
  if (from === to || overMs <= 0) return to;
  const steps = stepsIn(overMs);
  const done = Math.floor(((nowMs - ramp.sinceMs) * steps) / overMs + 1e-6) / steps;
  const moved = to > from ? from + done : from - done;
  return Math.min(1, Math.max(0, moved));
}

/** The time of the next step; `undefined` at the end of the ramp. */
export function nextStepMs(ramp: Ramp, overMs: number, nowMs: number): number | undefined {
  if (fractionAt(ramp, overMs, nowMs) === ramp.to) return undefined;
  const steps = stepsIn(overMs);
  const done = Math.floor(((nowMs - ramp.sinceMs) * steps) / overMs + 1e-6);
  return ramp.sinceMs + Math.ceil(((done + 1) * overMs) / steps);
}
