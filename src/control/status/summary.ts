import { formatDuration } from '../../domain/duration.ts';
import { printable } from '../../domain/printable.ts';
import { shortPercent } from '../../reporters/text/amounts.ts';
import { handOver } from '../../reporters/wording.ts';
import type { LockHolder } from '../../rollout/ports.ts';
import { lastStep, type RolloutState } from '../../rollout/state/rollout-state.ts';

export interface RolloutSummary {
  readonly rollout: string;
  readonly state:
    | 'running'
    | 'paused'
    | 'held'
    | 'cut-off'
    | 'done'
    | 'rolled-back'
    | 'refused'
    | 'failed';
  readonly pid?: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly phase: RolloutState['phase']['kind'];
  readonly step: number;
  readonly of: number;
  readonly startedAt: string;
  readonly message: string;
}

/** A rollout in a few words; `holder` is who has its lock. */
export function summaryOf(
  state: RolloutState,
  startedAtMs: number,
  holder: LockHolder | undefined,
): RolloutSummary {
  const running = holder?.rollout === state.rollout;
  return {
    rollout: state.rollout,
    state: running
      ? state.pausedAtMs === undefined
        ? 'running'
        : 'paused'
      : (state.end?.outcome ?? 'cut-off'),
    ...(running ? { pid: holder.pid } : {}),
    from: state.plan.from,
    to: state.plan.to,
    phase: state.phase.kind,
    step: Math.max(0, ...[...state.directors.values()].map((director) => director.step)),
    of: lastStep(state.plan),
    startedAt: new Date(startedAtMs).toISOString(),
    message: running ? manualWords(state) : (state.end?.message ?? ''),
  };
}

/** It is over, and nobody need go on with it. */
export const isSummaryOver = ({ state }: RolloutSummary): boolean =>
  !['running', 'paused', 'held', 'cut-off'].includes(state);

/** Where somebody is to look before it goes on. */
function manualWords({ manualStep, plan }: RolloutState): string {
  if (manualStep === undefined) return '';
  const moved = shortPercent(plan.schedule[manualStep]?.fraction ?? 0);
  return `waits at the manual step ${manualStep} of ${lastStep(plan)}, ${moved} moved`;
}

/** A line, and below it why it stands still and the commands that go on. */
export function describeSummary(summary: RolloutSummary): string {
  const { rollout, state, pid, from, to, step, of, startedAt, message } = summary;
  const since = formatDuration(Math.round((Date.now() - Date.parse(startedAt)) / 1_000) * 1_000);
  const where = pid === undefined ? '' : ` (process ${pid})`;
  const lines = [
    `${rollout}  ${state}${where}  ${handOver(from, to)}  step ${step} of ${of}  begun ${since} ago`,
    ...(message ? [`  ${printable(message, 400)}`] : []),
    ...(state === 'held' || state === 'cut-off'
      ? [`  go on:   drain resume ${rollout}`, `  go back: drain rollback ${rollout}`]
      : []),
    ...(state === 'running' ? [`  drain pause ${rollout} · drain rollback ${rollout}`] : []),
    ...(state === 'paused' ? [`  drain continue ${rollout} · drain rollback ${rollout}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
