import { clock } from '../text/amounts.ts';
import type { LiveService, LiveView } from './live-view.ts';

/** `next in 0:09`; nothing where nobody knows, or there is none. */
export function nextStepWords(view: LiveView, service: LiveService): readonly string[] {
  const { rampStartMs, schedule, nowMs, phase, hasGates } = view;
  const { step, of } = service;
  const next = schedule[step + 1];
  if (phase !== 'ramp' && phase !== 'rolling-back') return [];
  if (rampStartMs === undefined || !next || schedule.length !== of + 1) return [];
  const leftMs = rampStartMs + next.atMs - nowMs;
  if (leftMs >= 500) return [`next in ${clock(leftMs)}`];
  if (view.clockWait !== undefined) return ['waits'];
  return [hasGates && leftMs < -1_000 ? 'waits for a gate' : 'next now'];
}

/** The time that the ramp still takes, if it does not stop on the way. */
export function rampLeftMs({ rampStartMs, schedule, nowMs }: LiveView): number | undefined {
  const last = schedule.at(-1);
  if (rampStartMs === undefined || !last) return undefined;
  return Math.max(0, rampStartMs + last.atMs - nowMs);
}
