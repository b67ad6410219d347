import type { EventBody } from '../../domain/events/event.ts';
import type { Goal } from '../action.ts';
import type { goalsReached } from '../edit/edit-director.ts';
import type { GateState } from '../gates/gate-state.ts';
import type { JournalBody } from '../state/journal.ts';
import type { RampProgress } from '../state/ramp-progress.ts';
import { directorPlan, type RolloutState } from '../state/rollout-state.ts';
import { milestoneEvents, quiescedEvents, stepTakenEvents } from './engine-events.ts';

/** An edit that directors have made, with the state before and after it. */
export interface ReachedGoals {
  readonly before: RolloutState;
  readonly state: RolloutState;
  readonly goals: readonly Goal[];
  readonly reached: ReturnType<typeof goalsReached>;
  readonly progress: RampProgress | undefined;
  /** The step that stood before; -1 before the first. */
  readonly standing: number;
  readonly passed: readonly GateState[];
  readonly dueMs: number;
  readonly shiftMs: number | undefined;
  readonly nowMs: number;
}

/** The entries of an edit; with `shiftMs` the rest of the ramp is shifted. */
export function reachedEntries(
  { startAtMs }: RolloutState,
  reached: ReachedGoals['reached'],
  shiftMs: number | undefined,
): readonly JournalBody[] {
  return [
    ...reached.map(
      ({ edit, milestone }): JournalBody => ({ type: 'reached', director: edit.name, milestone }),
    ),
    ...(shiftMs ? [{ type: 'continued', startAtMs: startAtMs + shiftMs } as const] : []),
  ];
}

/** The events of an edit: what it skipped and what let it pass, the milestones, servers at weight 0. */
export function reachedEvents(edit: ReachedGoals): readonly EventBody[] {
  const { before, state, goals, reached, progress, standing, passed, shiftMs } = edit;
  const isPromoted = before.phase.kind === 'ramping' && before.promotedAtMs !== undefined;
  const taken = goals.flatMap(({ milestone }) =>
    stepTakenEvents({ progress, standing, milestone, passed, shiftMs, isPromoted }),
  );
  const events = reached.flatMap(({ edit: { name, startedMs, tookMs }, milestone }) => {
    const timing = { lateMs: Math.max(0, startedMs - edit.dueMs), applyMs: tookMs };
    return milestoneEvents(state, directorPlan(state, name), milestone, timing, edit.nowMs);
  });
  return [...taken, ...events, ...quiescedEvents(before, state)];
}
