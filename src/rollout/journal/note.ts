import { assertNever } from '../../domain/assert-never.ts';
import type { EventBody } from '../../domain/events/event.ts';
import type { Action } from '../action.ts';
import {
  bystanderWarning,
  drainedEvents,
  endEvents,
  lostWarning,
  regainedWarning,
  resetWarning,
} from '../events/engine-events.ts';
import { drainingServers } from '../observe/draining-servers.ts';
import type { JournalBody } from '../state/journal.ts';
import { dueAtMs, rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { rollbackRampFrom } from './rollback-ramp.ts';

/** Actions that change nothing but the journal. */
export type Note = Extract<
  Action,
  {
    kind:
      | 'roll-back'
      | 'lose'
      | 'reset'
      | 'declare-drained'
      | 'regain'
      | 'note-bystander'
      | 'rescale'
      | 'pause'
      | 'continue'
      | 'promote'
      | 'end';
  }
>;

/** The entries that such an action writes, and the events to emit once it is written. */
export function noteOf(
  state: RolloutState,
  action: Note,
  nowMs: number,
): { readonly entries: readonly JournalBody[]; readonly events: readonly EventBody[] } {
  switch (action.kind) {
    case 'roll-back': {
      const { cause, reason, exitCode, pace, actor } = action;
      const ramp = pace && rollbackRampFrom(state, pace);
      return {
        entries: [
          { type: 'rollback-started', cause, reason, exitCode, ...(ramp ? { ramp } : {}), actor },
        ],
        events: [{ type: 'rollback-started', reason, cause }],
      };
    }
    case 'declare-drained': {
      const { drainKeys } = action;
      const drained = drainingServers(state).filter(({ key }) => drainKeys.includes(key));
      return {
        entries: drained.map(({ service, server }) => ({ type: 'drained', service, server })),
        events: drainedEvents(state, drainKeys, nowMs),
      };
    }
    case 'lose': {
      const { director, reason } = action;
      return {
        entries: [{ type: 'director-lost', director, reason }],
        events: [lostWarning(state, director, reason)],
      };
    }
    case 'reset':
      return {
        entries: [{ type: 'director-reset', director: action.director }],
        events: [resetWarning(action.director)],
      };
    case 'regain':
      return {
        entries: [{ type: 'director-regained', director: action.director }],
        events: [regainedWarning(action.director)],
      };
    case 'note-bystander': {
      const { kind: _, expected, found, ...where } = action.drift;
      return {
        entries: [{ type: 'bystander-changed', ...where, weight: found }],
        events: [bystanderWarning(action.drift)],
      };
    }
    case 'rescale':
      return {
        entries: action.services.map((service) => ({ type: 'rescaled', ...service })),
        events: [],
      };
    case 'pause': {
      const { reason, manualStep, actor } = action;
      return {
        entries: [
          { type: 'paused', reason, ...(manualStep === undefined ? {} : { manualStep }), actor },
        ],
        events: [{ type: 'paused', reason }],
      };
    }
    case 'continue': {
      const startAtMs = startAfterPause(state, nowMs);
      return {
        entries: [{ type: 'continued', startAtMs, actor: action.actor }],
        events: [{ type: 'continued', reason: action.reason, cause: 'asked' }],
      };
    }
    case 'promote':
      return {
        entries: [{ type: 'promoted', actor: action.actor }],
        events: [{ type: 'continued', reason: action.reason, cause: 'asked' }],
      };
    case 'end': {
      const { outcome, exitCode, message } = action;
      return {
        entries: [{ type: 'ended', outcome, exitCode, message }],
        events: endEvents(action, state.plan.until),
      };
    }
    default:
      return assertNever(action);
  }
}

/**
 * The ramp's start after a pause, which delays what comes after. A manual step is a gate like any
 * other: its hold passes while it waits, and once that is over the next step comes at once.
 */
function startAfterPause(state: RolloutState, nowMs: number): number {
  const { startAtMs, pausedAtMs = nowMs, manualStep } = state;
  const progress = rampProgressOf(state);
  if (manualStep === undefined || !progress) return startAtMs + nowMs - pausedAtMs;
  const dueMs = dueAtMs(state, progress, slowestStep(state, progress) + 1);
  return startAtMs + Math.max(0, nowMs - dueMs);
}
