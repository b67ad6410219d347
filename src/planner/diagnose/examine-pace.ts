import { formatDuration } from '../../domain/duration.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import type { HostView } from './host-view.ts';

/** The calls that a step may need, one after the other: a listing, and the edit. */
const callsAStep = 2;

/** The shortest interval at which steps can come, in milliseconds, where a call takes so long. */
export const shortestStepMs = (callMs: number): number =>
  Math.max(1_000, Math.ceil((callsAStep * callMs) / 1_000) * 1_000);

/** Warns where steps come faster than the director can be called: the ramp will end later. */
export function examinePace({ facts: { callMs }, schedule }: HostView): readonly Diagnostic[] {
  const gaps = schedule.slice(1).map(({ atMs }, index) => atMs - (schedule[index]?.atMs ?? 0));
  const shortest = Math.min(...gaps.filter((gap) => gap > 0));
  if (callMs === undefined || !Number.isFinite(shortest)) return [];
  if (callMs <= shortest) return [];
  const every = formatDuration(shortestStepMs(callMs));
  return [
    {
      severity: 'warning',
      code: 'director-slow',
      message: `a call of ipvsadm took ${inTenths(callMs)}, longer than the ${formatDuration(shortest)} between two steps: they will come late; no edit moves more than two of them, so the ramp ends later`,
      next: `give --every ${every} or more, and --over to suit`,
    },
  ];
}

/** `40ms`, `3.1s`. */
export const inTenths = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)}ms` : `${(ms / 1_000).toFixed(1)}s`;
