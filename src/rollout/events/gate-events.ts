import type { EventBody } from '../../domain/events/event.ts';
import type { Action } from '../action.ts';
import { gateContext } from '../gates/gate-context.ts';
import { type GateState, hasAnsweredWell } from '../gates/gate-state.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** `gate-failed` when a gate has just failed. */
export function gateFailedEvents(
  state: RolloutState,
  before: GateState,
  { gate, verdict, detail }: GateState,
): readonly EventBody[] {
  if (before.verdict === 'failed' || verdict !== 'failed') return [];
  return [{ type: 'gate-failed', ...gate, step: gateContext(state).step, detail }];
}

/** `gate-waiting` for each gate that a step waits for. */
export function gateWaitingEvents(
  state: RolloutState,
  { wait, waits }: Extract<Action, { kind: 'tell-gates' }>,
  nowMs: number,
): readonly EventBody[] {
  const { step } = gateContext(state);
  const waitedMs = Math.max(0, nowMs - wait.sinceMs);
  return waits.map(({ gate, reason, detail }) => ({
    type: 'gate-waiting',
    ...gate,
    step,
    reason,
    waitedMs,
    detail,
  }));
}

/** `gate-passed` for each gate that lets a step pass; not for one that was not asked for it. */
export const gatePassedEvents = (gates: readonly GateState[], step: number): readonly EventBody[] =>
  gates
    .filter(hasAnsweredWell)
    .map(({ gate, detail }) => ({ type: 'gate-passed', ...gate, step, detail }));
