import { statusOf } from '../domain/rollout-status.ts';
import type { RolloutRecord, Span } from '../record/rollout-record.ts';
import { inProgress, type RolloutView } from './rollout-view.ts';

/** A rollout as it stands now. `isRunning`: a living process carries it out. */
export function viewOfRecord(
  record: RolloutRecord,
  { isRunning, nowMs }: { readonly isRunning: boolean; readonly nowMs: number },
): RolloutView {
  const { rollout, plan, phase, steps, gates, services, end, startedAtMs } = record;
  const step = steps.at(-1);
  const untilMs = isRunning ? Math.max(nowMs, record.untilMs) : record.untilMs;
  const isBack = end?.outcome === 'rolled-back';
  const standing = statusOf({ isRunning, isPaused: record.paused, end });
  return {
    rollout,
    standing,
    phase: phase === 'rolling-back' ? 'returning' : phase,
    from: plan.from,
    to: plan.to,
    step: step?.step ?? 0,
    of: step?.of ?? plan.schedule.length - 1,
    movedFraction: isBack ? 0 : (step?.movedFraction ?? 0),
    startedAtMs,
    untilMs,
    spentMs: spent(record, untilMs),
    gates: {
      passed: gates.filter(({ verdict }) => verdict === 'passed').length,
      failed: gates.filter(({ verdict }) => verdict === 'failed').length,
    },
    lastGates: [...new Map(gates.map(({ gate, verdict }) => [gate, verdict === 'passed']))].map(
      ([gate, passed]) => ({ gate, passed }),
    ),
    services: services.map(({ director, service, servers, shareOf, plannedShare }) => ({
      director,
      service,
      servers: servers.map(({ server, role }) => ({ server, role })),
      shareOf,
      plannedShare: inProgress({ standing }) ? plannedShare : [],
    })),
    message: isRunning ? '' : (end?.message ?? ''),
  };
}

function spent(record: RolloutRecord, untilMs: number): RolloutView['spentMs'] {
  const sums: Record<Span['kind'], number> = { ramp: 0, pause: 0, drain: 0, return: 0, stopped: 0 };
  for (const { kind, fromMs, toMs } of record.spans) sums[kind] += toMs - fromMs;
  sums[nowDoing(record)] += untilMs - record.untilMs;
  return sums;
}

function nowDoing({ paused, phase }: RolloutRecord): Span['kind'] {
  if (paused) return 'pause';
  const kinds = { ramping: 'ramp', draining: 'drain', 'rolling-back': 'return' } as const;
  return kinds[phase];
}
