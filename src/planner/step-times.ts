import type { Plan } from '../domain/rollout/plan.ts';
import { nextOpening } from '../domain/time/windows.ts';

export interface StepTime {
  readonly step: number;
  /** The time at which it comes, in milliseconds since 1970; absent where no window opens for weeks. */
  readonly atMs?: number;
  /** The time by which it comes later than without windows. */
  readonly waitsMs: number;
}

/** The times at which the steps of a plan really come that is begun now, as its start and windows let them. */
export function stepTimes(
  { schedule, startsAtMs = 0, windows, until }: Plan,
  nowMs: number,
): readonly StepTime[] {
  let shiftMs = Math.max(nowMs, startsAtMs);
  let never = false;
  const times: StepTime[] = [];
  for (const [step, { atMs, fraction }] of schedule.entries()) {
    if (until !== undefined && fraction > until + 1e-9) break;
    const dueMs = shiftMs + atMs;
    const opensMs = never ? undefined : nextOpening(windows, dueMs);
    if (opensMs === undefined) {
      never = true;
      times.push({ step, waitsMs: 0 });
      continue;
    }
    shiftMs += opensMs - dueMs;
    times.push({ step, atMs: opensMs, waitsMs: opensMs - dueMs });
  }
  return times;
}
