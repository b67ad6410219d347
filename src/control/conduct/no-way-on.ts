import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import type { Failure } from '../../domain/failure.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import { timesOfTheRest } from '../../rollout/journal/resume.ts';
import type { RollbackPace } from '../../rollout/requests.ts';
import { rampProgressOf } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';

interface Way {
  readonly direction: 'forward' | 'back';
  readonly terms?: Pick<ResumeTerms, 'overMs' | 'until' | 'onTimeout'> | undefined;
  /** Whether the rest of the ramp is to come in one step. */
  readonly promotes?: boolean | undefined;
}

/** Says why there is nothing to do in this direction. */
export function noWayOn(
  state: RolloutState,
  { direction, terms, promotes }: Way,
): Failure | undefined {
  const { rollout, end, phase } = state;
  if (end?.abandoned) {
    return {
      kind: 'usage',
      what: `rollout ${rollout} was abandoned: the table is as it was left`,
      next: 'start a new rollout',
    };
  }
  if (direction === 'back') {
    const isBack = phase.kind === 'rolling-back' && end?.outcome === 'rolled-back';
    return isBack
      ? { kind: 'usage', what: `rollout ${rollout} has been rolled back already` }
      : undefined;
  }
  if (isFinalEnd(end)) {
    return {
      kind: 'usage',
      what: `rollout ${rollout} is over: ${end?.message}`,
      next:
        end?.outcome === 'done' ? ['go back with: ', ['rollback', rollout]] : 'start a new rollout',
    };
  }
  if (terms?.overMs !== undefined && timesOfTheRest(state, terms.overMs) === undefined) {
    return {
      kind: 'usage',
      what: `--over is the rest of a ramp, and rollout ${rollout} has none left`,
      next: 'leave it out',
    };
  }
  if (terms?.onTimeout === 'reset' && state.plan.policy.keep) {
    return {
      kind: 'usage',
      what: `--on-timeout reset is about servers that are removed, and rollout ${rollout} keeps its`,
      next: 'leave it out',
    };
  }
  if (terms?.until !== undefined) return notUntil(state, terms.until);
  if (promotes && rampProgressOf(state) === undefined) return nothingToPromote(state);
  return undefined;
}

/** Says why a ramp cannot end for now at this fraction. */
function notUntil(state: RolloutState, until: number): Failure | undefined {
  const { rollout, phase, plan, directors } = state;
  const progress = phase.kind === 'ramping' ? rampProgressOf(state) : undefined;
  if (!progress) {
    return {
      kind: 'usage',
      what: `--until is about the rest of a ramp, and rollout ${rollout} has none left`,
      next: 'leave it out',
    };
  }
  const step = Math.max(0, ...[...directors.values()].map((director) => director.step));
  const moved = plan.schedule[step]?.fraction ?? 0;
  if (until > moved) return undefined;
  const percent = Number((100 * moved).toFixed(2));
  return {
    kind: 'usage',
    what: `rollout ${rollout} has moved ${percent} % already`,
    next: ['name more with --until, or go back with ', ['rollback', rollout]],
  };
}

/** Says why there is no ramp whose rest could come in one step. */
export const nothingToPromote = ({ rollout, phase }: RolloutState): Failure => ({
  kind: 'usage',
  what:
    phase.kind === 'rolling-back'
      ? `rollout ${rollout} is on the way back`
      : `rollout ${rollout} has its ramp behind it: there is nothing to promote`,
  next: ['see ', ['status', rollout]],
});

/** Whether it is as good as a start: neither a rollback, begun or to begin, nor servers that are brought back. */
export const goesForward = (
  { phase, plan }: RolloutState,
  { direction }: Pick<Way, 'direction'>,
): boolean =>
  direction === 'forward' && phase.kind !== 'rolling-back' && maintenanceOf(plan) !== 'in';

/** A rollback ramp that was cut off is resumed; only a rollback at once cuts it short. */
export function wayOn(
  { phase }: RolloutState,
  { direction, pace }: Pick<Way, 'direction'> & { readonly pace?: RollbackPace | undefined },
) {
  const hasRollbackRamp = phase.kind === 'rolling-back' && phase.schedule !== undefined;
  if (direction === 'forward' || (hasRollbackRamp && pace)) return 'forward';
  return { back: pace ?? 'at-once' } as const;
}
