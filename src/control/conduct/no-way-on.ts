import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import type { Failure } from '../../domain/failure.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import { timesOfTheRest } from '../../rollout/journal/resume.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';

interface Way {
  readonly direction: 'forward' | 'back';
  readonly terms?: Pick<ResumeTerms, 'overMs'> | undefined;
}

/** Says why there is nothing to do in this direction. */
export function noWayOn(state: RolloutState, { direction, terms }: Way): Failure | undefined {
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
  return undefined;
}
