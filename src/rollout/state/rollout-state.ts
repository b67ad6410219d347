import type { Acted } from '../../domain/actor/acts.ts';
import type { Outcome, RollbackCause } from '../../domain/events/event.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import type { DirectorPlan, Plan, RollbackRamp } from '../../domain/rollout/plan.ts';
import type { DirectorState } from './director-state.ts';

export interface RolloutState {
  readonly rollout: string;
  readonly plan: Plan;
  readonly access: readonly DirectorAccess[];
  readonly startAtMs: number;
  readonly phase: Phase;
  /** The time at which the last step was reached; absent before the first. */
  readonly standsSinceMs?: number;
  /** The time since which the rollout is paused, by request or at a manual step. */
  readonly pausedAtMs?: number;
  /** The manual step at which the rollout is paused. */
  readonly manualStep?: number;
  /** The time since which the rest of the ramp is to come in one step. */
  readonly promotedAtMs?: number | undefined;
  /** The last manual step that somebody let pass; -1 before the first. */
  readonly manualDone: number;
  /** The end of the rollout, or the hold from which `resume` continues. */
  readonly end?: RolloutEnd;
  /** The things that people did to the rollout, its start first; absent where nobody is known. */
  readonly acts?: readonly Acted[];
  readonly directors: ReadonlyMap<string, DirectorState>;
  /** Old servers (or, in a rollback, added ones) found empty, as `drainKey`s. */
  readonly drained: ReadonlySet<string>;
}

export type Phase =
  | { readonly kind: 'ramping' }
  /** The last step is reached on every director; the old servers are at weight 0. */
  | { readonly kind: 'draining'; readonly sinceMs: number }
  /** The rollback; `sinceMs` once the baseline's weights are in force everywhere. */
  | {
      readonly kind: 'rolling-back';
      readonly cause: RollbackCause;
      readonly reason: string;
      readonly exitCode: number;
      /** The due times of the rollback's steps; absent when the baseline comes at once. */
      readonly schedule?: RollbackRamp['schedule'];
      readonly sinceMs?: number;
    };

export interface RolloutEnd {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly message: string;
  /** Somebody gave the rollout up, and the table is as it was left. */
  readonly abandoned?: true;
}

export const lastStep = (plan: Plan): number => plan.schedule.length - 1;

/** The part of the plan that is about one director. */
export function directorPlan({ plan }: RolloutState, name: string): DirectorPlan {
  const found = plan.directors.find(({ director }) => director === name);
  if (!found) throw new Error(`the plan has no director ${name}`);
  return found;
}

export const directorState = (state: RolloutState, plan: DirectorPlan): DirectorState => {
  const found = state.directors.get(plan.director);
  if (!found) throw new Error(`no state for director ${plan.director}`);
  return found;
};
