import type { DirectorAccess } from '../../domain/places/director-access.ts';
import type { RolloutPolicy } from '../../domain/rollout/plan.ts';
import { isUntilEnd } from '../../domain/rollout/rollout-status.ts';
import type { RolloutState } from './rollout-state.ts';

/** Terms of the plan that a resume replaces for the rest of the rollout. */
export interface ResumedTerms
  extends Partial<Pick<RolloutPolicy, 'drainTimeoutMs' | 'settleMs' | 'onTimeout' | 'mayEmpty'>> {
  /** The fraction at which the ramp ends for now; 1 is its end. */
  readonly until?: number;
  /** Somebody insists: steps are taken outside of windows as well. */
  readonly anyTime?: true;
  /** The due time of every step of the ramp, in milliseconds after step 0. */
  readonly schedule?: readonly number[];
}

/** The rollout on the terms and with the access of a resume. */
export function onTerms(
  state: RolloutState,
  { terms, access }: { readonly terms?: ResumedTerms; readonly access?: readonly DirectorAccess[] },
): RolloutState {
  const { schedule, until: asked, anyTime, ...policy } = terms ?? {};
  const { until: before, windows, ...plan } = state.plan;
  const until = asked ?? (isUntilEnd(state.end) ? 1 : (before ?? 1));
  return {
    ...state,
    plan: {
      ...plan,
      ...(until < 1 ? { until } : {}),
      ...(windows && !anyTime ? { windows } : {}),
      policy: { ...plan.policy, ...policy },
      schedule: plan.schedule.map((step, index) => ({
        ...step,
        atMs: schedule?.[index] ?? step.atMs,
      })),
    },
    access: state.access.map(
      (one) => access?.find(({ director }) => director === one.director) ?? one,
    ),
  };
}
