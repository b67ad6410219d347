import { describe, expect, it } from 'vitest';
import { gateWaitsIn, mayWaitForGate } from '../../../src/control/status/gate-wait-words.ts';
import { type EventBody, stampEvent } from '../../../src/domain/events/event.ts';
import { reachedOn, stateAfter } from '../../support/engine-state.ts';

const at = (atMs: number, body: EventBody) =>
  ({ type: 'event', event: stampEvent(body, 'r', atMs) }) as const;
const waiting = (waitedMs: number): EventBody => ({
  type: 'gate-waiting',
  gate: 'gate-prometheus http://p#up==1',
  gateKind: 'prometheus',
  step: 4,
  reason: 'no-answer',
  waitedMs,
  detail: 'connect ECONNREFUSED 10.0.0.9:9090',
});
const ended: EventBody = { type: 'rollback-started', reason: 'asked to', cause: 'asked' };

describe('drain status of a rollout that waits for a gate', () => {
  it('says for which one, why, and for how long by now', () => {
    expect(gateWaitsIn([at(10_000, waiting(2_000)), at(16_000, waiting(8_000))], 20_000)).toBe(
      'step 4 has waited 12s for gate-prometheus http://p#up==1, which says nothing: connect ECONNREFUSED 10.0.0.9:9090',
    );
  });

  it('says nothing once the step has come, or something else has', () => {
    expect(gateWaitsIn([at(10_000, waiting(2_000)), at(11_000, ended)], 20_000)).toBe('');
  });

  it('reads the trace only of one whose step is late', () => {
    const state = stateAfter(reachedOn(['lb1'], { kind: 'step', step: 3 }, 15_000));
    expect(mayWaitForGate(state, 21_999)).toBe(false);
    expect(mayWaitForGate(state, 22_000)).toBe(true);
  });
});
