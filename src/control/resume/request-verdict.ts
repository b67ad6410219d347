import { assertNever } from '../../domain/assert-never.ts';
import type { ControlRequest } from '../../rollout/requests.ts';
import type { JournalEntry } from '../../rollout/state/journal.ts';
import type { RolloutEnd, RolloutState } from '../../rollout/state/rollout-state.ts';

/** The facts about a request that was handed in, each read before the journal was. */
export interface RequestProgress {
  readonly request: ControlRequest['kind'];
  /** Whether the request waits still to be taken. */
  readonly isAsked: boolean;
  /** Whether the run that was asked goes on. */
  readonly isRunning: boolean;
  /** The state by the journal, and the entries that came after the request was handed in. */
  readonly state: Pick<RolloutState, 'phase' | 'end' | 'pausedAtMs'>;
  readonly since: readonly JournalEntry[];
  /** The sentence on a next step that waits for a time of day, which may be hours away. */
  readonly waits?: string | undefined;
}

export type RequestVerdict =
  | { readonly kind: 'waiting' }
  /** A pause or a way on: what was asked is so; `before` it was so already. */
  | {
      readonly kind: 'in-force';
      readonly request: 'pause' | 'continue' | 'promote';
      readonly reason: 'asked' | 'before';
      /** The sentence on what it waits for, where nobody is kept waiting for that. */
      readonly waits?: string | undefined;
    }
  /** The rollback that was asked for has ended, or another one has; or what was promoted, before its last step. */
  | { readonly kind: 'ended'; readonly end: RolloutEnd }
  /** The rollout ended first, its process died first, or the run had a reason to pass it over. */
  | { readonly kind: 'not-obeyed'; readonly why: 'ended'; readonly end: RolloutEnd }
  | { readonly kind: 'not-obeyed'; readonly why: 'died' | 'rolling-back' };

/** Judges what has become of a request. Pure. */
export function judgeRequest(progress: RequestProgress): RequestVerdict {
  switch (progress.request) {
    case 'pause':
    case 'continue':
      return judgePause(progress, progress.request);
    case 'rollback':
      return judgeRollback(progress);
    case 'promote':
      return judgePromotion(progress);
    default:
      return assertNever(progress.request);
  }
}

function judgePause(
  { isAsked, isRunning, state, since }: RequestProgress,
  request: 'pause' | 'continue',
): RequestVerdict {
  const sign = request === 'pause' ? 'paused' : 'continued';
  if (since.some(({ type }) => type === sign)) {
    return { kind: 'in-force', request, reason: 'asked' };
  }
  if (state.end) return { kind: 'not-obeyed', why: 'ended', end: state.end };
  if (!isRunning) return { kind: 'not-obeyed', why: 'died' };
  if (isAsked) return { kind: 'waiting' };
  const isPaused = state.pausedAtMs !== undefined;
  // Anything else that is taken without an entry was so already, whatever has come after it.
  return request === 'pause' && !isPaused && state.phase.kind === 'rolling-back'
    ? { kind: 'not-obeyed', why: 'rolling-back' }
    : { kind: 'in-force', request, reason: 'before' };
}

/**
 * A promotion is in force with the last step; its gates may think otherwise. Nobody is kept waiting for a
 * window to open.
 */
function judgePromotion({
  isAsked,
  isRunning,
  state,
  since,
  waits,
}: RequestProgress): RequestVerdict {
  const { end, phase } = state;
  const isObeyed = since.some(({ type }) => type === 'promoted');
  if (phase.kind === 'draining' && (isObeyed || !isAsked)) {
    return { kind: 'in-force', request: 'promote', reason: isObeyed ? 'asked' : 'before' };
  }
  if (end) return isObeyed ? { kind: 'ended', end } : { kind: 'not-obeyed', why: 'ended', end };
  if (!isRunning) return { kind: 'not-obeyed', why: 'died' };
  if (waits && (isObeyed || !isAsked)) {
    return { kind: 'in-force', request: 'promote', reason: 'asked', waits };
  }
  if (!isObeyed && !isAsked && phase.kind === 'rolling-back')
    return { kind: 'not-obeyed', why: 'rolling-back' };
  return { kind: 'waiting' };
}

function judgeRollback({ isRunning, state, since }: RequestProgress): RequestVerdict {
  const { end, phase } = state;
  const isObeyed = since.some((one) => one.type === 'rollback-started' && one.cause === 'asked');
  if (end && (isObeyed || phase.kind === 'rolling-back')) return { kind: 'ended', end };
  if (end) return { kind: 'not-obeyed', why: 'ended', end };
  return isRunning ? { kind: 'waiting' } : { kind: 'not-obeyed', why: 'died' };
}

/** The exit code of whoever asked: a rollback that was asked for and reached is a success. */
export const exitCodeOfRollback = ({ outcome, exitCode }: RolloutEnd): number =>
  outcome === 'rolled-back' ? 0 : exitCode;

/** The exit code of whoever asked for this and saw the rollout end. */
export const exitCodeOfRequest = (request: ControlRequest['kind'], end: RolloutEnd): number =>
  request === 'rollback' ? exitCodeOfRollback(end) : end.exitCode;

/** A running process looks for requests many times a second, but for one edit that hangs. */
const answerMs = 60_000;

/**
 * The longest time without any sign in journal or queue after which the process that was asked is taken
 * to hang; undefined where it may be silent for as long as it likes. A rollback under way is silent while
 * servers empty, and between two steps of its ramp.
 */
export function silenceLimitMs({
  isAsked,
  since,
  state,
}: Pick<RequestProgress, 'isAsked' | 'since'> & {
  readonly state: Pick<RolloutState, 'phase' | 'pausedAtMs' | 'plan'>;
}): number | undefined {
  const isBack = since.some(({ type }) => type === 'rollback-started');
  if (isAsked || !isBack || state.phase.kind !== 'rolling-back') return answerMs;
  if (state.pausedAtMs !== undefined) return undefined;
  const due = (state.phase.schedule ?? []).map(({ atMs }) => atMs);
  const longestGapMs = Math.max(0, ...due.map((atMs, step) => atMs - (due[step - 1] ?? 0)));
  return answerMs + longestGapMs + state.plan.policy.drainTimeoutMs;
}
