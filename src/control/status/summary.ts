import { type ActRecord, actLines, actRecords } from '../../domain/actor/acts.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { ClockWaitReason } from '../../domain/events/event.ts';
import type { NamesByServer } from '../../domain/places/named-servers.ts';
import { withNames } from '../../domain/places/names-in-text.ts';
import { printable } from '../../domain/printable.ts';
import type { Move } from '../../domain/rollout/plan.ts';
import {
  allWays,
  type CommandContext,
  commandText,
  isOver,
  type RolloutStatus,
  waysFrom,
} from '../../domain/rollout/rollout-status.ts';
import { type RecordedPhase, recordedPhase } from '../../record/rollout-record.ts';
import { shortPercent } from '../../reporters/text/amounts.ts';
import { wayLines } from '../../reporters/way-lines.ts';
import { handOver } from '../../reporters/wording.ts';
import { scaleWords } from '../../rollout/state/base-scale.ts';
import { lastStep, type RolloutState } from '../../rollout/state/rollout-state.ts';
import type { SeenRollout } from '../../watch/watch-rollout.ts';
import { clockWaitNow, clockWaitSentence } from './clock-wait.ts';

/** A rollout in a few words, as `--output json` writes it: a contract. */
export interface RolloutSummary {
  readonly rollout: string;
  readonly state: RolloutStatus;
  readonly pid?: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Weights that change with nobody to hand over: `from` is empty then. */
  readonly move?: Move;
  /** Names that were written for servers; absent: none. */
  readonly names?: NamesByServer;
  readonly phase: RecordedPhase;
  readonly step: number;
  readonly of: number;
  readonly startedAt: string;
  /** The time of day that the next step waits for. */
  readonly waitingFor?: ClockWaitReason;
  /** ISO 8601, UTC. */
  readonly waitingUntil?: string;
  readonly message: string;
  /** The things that people did to it, its start first; absent where nobody is known. */
  readonly acts?: readonly ActRecord[];
}

/** The summary of a rollout. */
export function summaryOf(
  { rollout, status, process, entries, state }: SeenRollout,
  nowMs = Date.now(),
): RolloutSummary {
  const wait = process ? clockWaitNow(state, nowMs) : undefined;
  return {
    rollout,
    state: status,
    ...(process ? { pid: process.pid } : {}),
    from: state.plan.from,
    to: state.plan.to,
    ...(state.plan.move ? { move: state.plan.move } : {}),
    ...(state.plan.names ? { names: state.plan.names } : {}),
    phase: recordedPhase(state.phase),
    step: Math.max(0, ...[...state.directors.values()].map((director) => director.step)),
    of: lastStep(state.plan),
    startedAt: new Date(entries[0].atMs).toISOString(),
    ...actRecords(state.acts),
    ...(wait ? { waitingFor: wait.reason } : {}),
    ...(wait?.untilMs === undefined ? {} : { waitingUntil: new Date(wait.untilMs).toISOString() }),
    message: withNames(
      process
        ? pausedWords(state) || clockWaitSentence(state, nowMs)
        : (state.end?.message ?? scaleWords(state)),
      state.plan.names,
    ),
  };
}

/** The words on a rollout that stands still although its process runs. */
const pausedWords = (state: RolloutState): string =>
  state.pausedAtMs === undefined
    ? ''
    : [manualWords(state), scaleWords(state)].filter(Boolean).join('; ');

/** The manual step at which a rollout waits for somebody. */
function manualWords({ manualStep, plan }: RolloutState): string {
  if (manualStep === undefined) return '';
  const moved = shortPercent(plan.schedule[manualStep]?.fraction ?? 0);
  return `waits at the manual step ${manualStep} of ${lastStep(plan)}, ${moved} moved`;
}

/**
 * A line, and below it why the rollout does not move and the commands that lead on and back. `when`
 * replaces the words on how long ago it began.
 */
export function describeSummary(
  summary: RolloutSummary,
  commands: CommandContext = {},
  when = begunAgo(summary),
): string {
  const { rollout, state, pid, step, of, waitingFor, message, acts } = summary;
  const where = pid === undefined ? '' : ` (process ${pid})`;
  const lines = [
    `${rollout}  ${waitingFor ? 'waiting' : state}${where}  ${handOver(summary)}  step ${step} of ${of}  ${when}`,
    ...actLines(acts),
    ...(message ? [`  ${printable(message, 400)}`] : []),
    ...(isOver(state) ? [] : waysAhead(summary, commands)),
  ];
  return `${lines.join('\n')}\n`;
}

function begunAgo({ startedAt }: RolloutSummary): string {
  const ms = Math.round((Date.now() - Date.parse(startedAt)) / 1_000) * 1_000;
  return `begun ${formatDuration(ms)} ago`;
}

/** The commands for a rollout, in two lines where it has stopped, in one while it runs. */
function waysAhead(
  { state, rollout, pid }: RolloutSummary,
  context: CommandContext,
): readonly string[] {
  const ways = waysFrom(state, rollout);
  if (pid === undefined) return wayLines(ways, context);
  const commands = allWays(ways).map((way) => commandText(way, context));
  return [`  ${commands.join(' · ')}`];
}
