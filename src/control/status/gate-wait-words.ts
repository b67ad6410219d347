import { formatDuration } from '../../domain/duration.ts';
import type { DrainEvent } from '../../domain/events/event.ts';
import { gateWaitWords } from '../../reporters/gate-wait.ts';
import { dueAtMs, rampProgressOf, slowestStep } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import type { TraceEntry } from '../../rollout/state/trace.ts';

/** The time by which a step is late for its gates' sake, and not for that of a director. */
const lateMs = 2_000;

/** Tells whether a rollout may wait for a gate: only then its trace is worth reading for that. */
export function mayWaitForGate(state: RolloutState, nowMs: number): boolean {
  if (state.end || state.pausedAtMs !== undefined || state.phase.kind === 'rolling-back')
    return false;
  const progress = rampProgressOf(state);
  if (!progress) return true;
  return nowMs >= dueAtMs(state, progress, slowestStep(state, progress) + 1) + lateMs;
}

type Waiting = DrainEvent & { readonly type: 'gate-waiting' };

/** The gates that a step waits for by the events of its rollout, and for how long; empty where none is. */
export function gateWaitsIn(trace: readonly TraceEntry[], nowMs: number): string {
  const waits = new Map<string, Waiting>();
  for (const entry of trace) {
    if (entry.type !== 'event') continue;
    const { event } = entry;
    if (event.type === 'gate-waiting') waits.set(event.gate, event);
    else if (endsWaits.includes(event.type)) waits.clear();
  }
  const words = [...waits.values()].map((event) => {
    const waitedMs = nowMs - Date.parse(event.at) + event.waitedMs;
    const forHowLong = formatDuration(Math.round(waitedMs / 1_000) * 1_000);
    return `step ${event.step} has waited ${forHowLong} for ${gateWaitWords(event)}`;
  });
  return words.join('; ');
}

const endsWaits: readonly DrainEvent['type'][] = [
  'step-applied',
  'removed',
  'rollback-started',
  'paused',
  'continued',
  'held',
  'finished',
];
