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
  /** Since when the last step that was reached stands; absent before the first. */
  readonly standsSinceMs?: number;
  /** Since when it is paused, by somebody's request. */
  readonly pausedAtMs?: number;
  /** The manual step at which it is paused. */
  readonly manualStep?: number;
  /** The last manual step that somebody let pass; -1 before the first. */
  readonly manualDone: number;
  /** It has ended, or stopped where `resume` can go on. */
  readonly end?: RolloutEnd;
  readonly directors: ReadonlyMap<string, DirectorState>;
  /** Old servers (or, going back, added ones) found empty, as `drainKey`s. */
  readonly drained: ReadonlySet<string>;
}

export type Phase =
  | { readonly kind: 'ramping' }
  /** The last step stands on every director; the old servers are at weight 0. */
  | { readonly kind: 'draining'; readonly sinceMs: number }
  /** Going back; `sinceMs` once the baseline's weights stand everywhere. */
  | {
      readonly kind: 'rolling-back';
      readonly cause: RollbackCause;
      readonly reason: string;
      readonly exitCode: number;
      /** When each step of the way back is due; absent when the baseline comes at once. */
      readonly schedule?: RollbackRamp['schedule'];
      readonly sinceMs?: number;
    };

export interface RolloutEnd {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly message: string;
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
