import { askedBy } from '../../domain/actor/actor.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { EventBody } from '../../domain/events/event.ts';
import { promotedReason } from '../events/end-messages.ts';
import type { AskedBy, RollbackPace } from '../requests.ts';
import { withoutLost } from '../state/director-state.ts';
import { type JournalBody, type JournalEntry, journalVersion } from '../state/journal.ts';
import { rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import { lastStep, type RolloutState } from '../state/rollout-state.ts';
import { rollbackRampFrom } from './rollback-ramp.ts';

export interface ResumeEntry {
  readonly entry: JournalEntry;
  /** The event that announces the entry, where one does. */
  readonly event?: EventBody;
}

/** Terms that a resume changes, and whether the rest of the ramp is to come in one step. */
export interface ResumeChange
  extends AskedBy,
    Pick<Extract<JournalBody, { type: 'resumed' }>, 'terms' | 'access'> {
  readonly promotes?: boolean | undefined;
}

/**
 * The entries that a resume adds to a journal. No jump makes up the time missed: the ramp continues
 * as if its step in force had just been reached, at its own pace.
 */
export function resumeEntries(
  state: RolloutState,
  direction: 'forward' | { readonly back: RollbackPace | 'at-once' },
  nowMs: number,
  change: ResumeChange = {},
): readonly ResumeEntry[] {
  const progress = rampProgressOf(state);
  const step = progress ? Math.max(0, slowestStep(state, progress)) : 0;
  const startAtMs = nowMs - (progress?.schedule[step]?.atMs ?? 0);
  const body = (entry: JournalBody): JournalEntry => ({ ...entry, v: journalVersion, atMs: nowMs });
  const { promotes, actor, ...changed } = change;
  const promoted: readonly ResumeEntry[] = promotes
    ? [
        {
          entry: body({ type: 'promoted', actor }),
          event: { type: 'continued', reason: promotedReason(state, actor), cause: 'asked' },
        },
      ]
    : [];
  const resumed: ResumeEntry = {
    // What is asked for beside it says by whom.
    entry: body({
      ...{ type: 'resumed', startAtMs, ...changed },
      ...(direction === 'forward' && !promotes ? { actor } : {}),
    }),
    event: {
      ...{ type: 'continued', cause: 'resumed' },
      reason:
        direction === 'forward'
          ? whereItGoesOn(state, step, startAtMs)
          : 'resumed by the process that rolls it back',
    },
  };
  if (direction === 'forward') return [resumed, ...promoted];
  const why = { cause: 'asked', reason: askedBy(actor) } as const;
  const { back } = direction;
  const ramp = back === 'at-once' ? undefined : rollbackRampFrom(state, back);
  return [
    resumed,
    // Going back is what this process was started for: reaching it is success.
    {
      entry: body({
        type: 'rollback-started',
        ...why,
        exitCode: 0,
        ...(ramp ? { ramp } : {}),
        actor,
      }),
      event: { type: 'rollback-started', ...why },
    },
  ];
}

/**
 * The due times of every step when the rest of the ramp takes so long, from the step in force on: the
 * steps keep their proportions. `undefined` where nothing is left of the ramp.
 */
export function timesOfTheRest(state: RolloutState, overMs: number): readonly number[] | undefined {
  if (state.phase.kind !== 'ramping') return undefined;
  const { schedule } = state.plan;
  const step = Math.max(0, ...stepsOf(state));
  const fromMs = schedule[step]?.atMs ?? 0;
  const leftMs = (schedule.at(-1)?.atMs ?? 0) - fromMs;
  if (step >= schedule.length - 1) return undefined;
  return schedule.map(({ atMs }, index) => {
    if (index <= step) return atMs;
    const part = leftMs > 0 ? (atMs - fromMs) / leftMs : 1;
    return fromMs + Math.round(part * overMs);
  });
}

const stepsOf = ({ directors }: RolloutState): readonly number[] =>
  withoutLost(directors).map(([, { step }]) => step);

function whereItGoesOn(
  { phase, plan, startAtMs: before }: RolloutState,
  step: number,
  startAtMs: number,
): string {
  if (phase.kind === 'draining') {
    return plan.directors.some(({ services }) =>
      services.some(({ oldServers }) => oldServers.length > 0),
    )
      ? 'resumed: waiting for the old servers to become empty'
      : 'resumed after the last step';
  }
  if (phase.kind === 'rolling-back') return 'resumed: its rollback goes on';
  const missedMs = Math.max(0, startAtMs - before);
  return `resumed at step ${Math.max(0, step)} of ${lastStep(plan)}; the rest of the ramp is ${formatDuration(Math.round(missedMs / 1_000) * 1_000)} later than planned`;
}
