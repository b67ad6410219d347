import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import { gatePatienceMs, gatesPassed, nextGateMs } from '../../../../src/rollout/decide/gates.ts';
import {
  afterAnswer,
  afterAsking,
  type GateState,
  type GateTiming,
  unasked,
} from '../../../../src/rollout/gates/gate-state.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import { listedAt, reachedOn, seenOf, stateAfter } from '../../../support/engine-state.ts';

const gateOf = (timing: Partial<GateTiming> = {}): GateState =>
  unasked({
    gate: { name: 'errors', kind: 'prometheus', ask: async () => ({ passed: true, detail: '' }) },
    timing: { intervalMs: 3_000, timeoutMs: 1_000, rise: 1, fall: 1, when: 'always', ...timing },
  } as never);
const answered = (gate: GateState, askedMs: number, passed = true) =>
  afterAnswer(afterAsking(gate, askedMs), { passed, detail: '5 % of requests' }, askedMs + 100);
const beforeSteps = { when: 'before-steps' } as const;
const passedAt = (askedMs: number, timing: Partial<GateTiming> = {}) =>
  answered(gateOf(timing), askedMs);

const seenWith = (state: RolloutState, nowMs: number, gates: Record<string, GateState>) =>
  seenOf({ lb1: listedAt(state, 'lb1', nowMs) }, { gates: new Map(Object.entries(gates)) });
const decided = (state: RolloutState, nowMs: number, gates: Record<string, GateState>) =>
  decide(state, seenWith(state, nowMs, gates), nowMs);
const nextAsk = (state: RolloutState, gates: Record<string, GateState>) =>
  nextGateMs(state, seenWith(state, 0, gates));
const mayGoOn = (state: RolloutState, gates: Record<string, GateState>) =>
  gatesPassed(state, seenWith(state, 0, gates));

const at = (step: number, ...entries: readonly JournalBody[]) =>
  stateAfter([...reachedOn(['lb1'], { kind: 'step', step }, step * 5_000), ...entries]);
const turned: JournalBody = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 };

describe('a gate that is asked all the time', () => {
  it('is asked at once, then every interval, and never twice at a time', () => {
    expect(decided(at(3), 15_000, { errors: gateOf() })).toEqual({
      kind: 'ask',
      gates: ['errors'],
    });
    expect(decided(at(3), 17_999, { errors: passedAt(15_000) })).not.toMatchObject({ kind: 'ask' });
    expect(decided(at(3), 18_000, { errors: passedAt(15_000) })).toMatchObject({ kind: 'ask' });
    const asking = afterAsking(passedAt(15_000), 18_000);
    expect(decided(at(3), 60_000, { errors: asking })).not.toMatchObject({ kind: 'ask' });
    expect(nextAsk(at(3), { errors: asking })).toBe(Number.POSITIVE_INFINITY);
  });

  it('wakes the rollout when it is to be asked', () => {
    expect(nextAsk(at(3), { errors: passedAt(15_000), more: passedAt(14_000) })).toBe(17_000);
    expect(decided(at(3), 15_200, { errors: passedAt(15_000) })).toEqual({
      kind: 'wait',
      untilMs: 18_000,
    });
  });

  it('is asked together with all others that are due', () => {
    const gates = { errors: passedAt(10_000), more: passedAt(12_000), later: passedAt(14_000) };
    expect(decided(at(3), 15_000, gates)).toEqual({ kind: 'ask', gates: ['errors', 'more'] });
  });

  it('is asked in a rollback no more', () => {
    expect(nextAsk(at(3, turned), { errors: gateOf() })).toBe(Number.POSITIVE_INFINITY);
    expect(decided(at(3, turned), 15_000, { errors: gateOf() })).not.toMatchObject({ kind: 'ask' });
    expect(mayGoOn(at(3, turned), { errors: gateOf() })).toBe(true);
  });
});

describe('a gate that has failed', () => {
  const failed = { good: passedAt(15_000), errors: answered(gateOf(), 15_000, false) };

  it('rolls back with exit 5 and its answer', () => {
    expect(decided(at(3), 16_000, failed)).toMatchObject({
      kind: 'roll-back',
      cause: 'gate',
      exitCode: 5,
      reason: expect.stringContaining('5 % of requests'),
    });
  });

  it('has no say on the way back', () => {
    expect(decided(at(3, turned), 16_000, failed)).toMatchObject({ kind: 'reach' });
  });
});

describe('a gate of one step', () => {
  const own = { timing: { atStep: 3, ...beforeSteps } };

  it('has a say at that step only', () => {
    const gates = { own: gateOf(own.timing) };
    expect(mayGoOn(at(3), gates)).toBe(false);
    expect(mayGoOn(at(2), gates)).toBe(true);
    expect(mayGoOn(at(4), gates)).toBe(true);
    expect(nextAsk(at(4), gates)).toBe(Number.POSITIVE_INFINITY);
  });

  it('of the last step has it while the old servers drain', () => {
    const gates = { own: gateOf({ atStep: 12 }) };
    expect(mayGoOn(at(12), gates)).toBe(false);
    expect(mayGoOn(at(12), { own: gateOf({ atStep: 11 }) })).toBe(true);
  });
});

describe('a gate that is asked before steps', () => {
  // Step 4 is due at 20 s; an answer may take 1 s.
  it('is asked so early that it can answer', () => {
    expect(nextAsk(at(3), { errors: passedAt(14_000, beforeSteps) })).toBe(19_000);
    expect(mayGoOn(at(3), { errors: passedAt(18_999, beforeSteps) })).toBe(false);
    expect(mayGoOn(at(3), { errors: passedAt(19_000, beforeSteps) })).toBe(true);
  });

  it('is asked half a step before at the earliest', () => {
    const slow = { ...beforeSteps, timeoutMs: 10_000 };
    expect(nextAsk(at(3), { errors: passedAt(14_000, slow) })).toBe(17_500);
  });

  it('is asked all the time while the rollout holds: paused, or while old servers drain', () => {
    const paused = at(3, { type: 'paused', reason: 'asked to' });
    expect(nextAsk(paused, { errors: passedAt(15_500, beforeSteps) })).toBe(18_500);
    expect(nextAsk(at(12), { errors: passedAt(61_000, beforeSteps) })).toBe(64_000);
  });

  it('is asked all through a step that lasts for more than half a minute', () => {
    const next = (everyMs: number) => {
      const ramp = { overMs: 12 * everyMs, everyMs };
      const reached = reachedOn(['lb1'], { kind: 'step', step: 3 }, 3 * everyMs);
      const askedMs = 3 * everyMs + 100;
      const timing = { ...beforeSteps, timeoutMs: 1_000 };
      const state = stateAfter(reached, { sketch: { ramp } });
      return nextAsk(state, { errors: passedAt(askedMs, timing) }) - askedMs;
    };
    expect(next(30_000)).toBe(28_900);
    expect(next(30_001)).toBe(3_000);
  });

  it('that was asked for this step is not asked again', () => {
    expect(nextAsk(at(3), { errors: passedAt(19_500, beforeSteps) })).toBeGreaterThan(20_000);
  });

  it('gives a step its own time, and a second', () => {
    const seen = (gates: Record<string, GateState>) => seenWith(at(3), 0, gates);
    expect(gatePatienceMs(at(3), seen({}))).toBe(0);
    expect(gatePatienceMs(at(3), seen({ a: gateOf(), b: gateOf({ timeoutMs: 7_000 }) }))).toBe(
      8_000,
    );
  });

  it('that is still asked is waited for until the step is due, and looked at then', () => {
    const asking = { errors: afterAsking(passedAt(14_000, beforeSteps), 19_000) };
    expect(decided(at(3), 19_900, asking)).toEqual({ kind: 'wait', untilMs: 20_000 });
  });

  it('holds a step back that is due until it has passed', () => {
    const early = { errors: passedAt(18_000, beforeSteps) };
    const nowMs = 20_000;
    expect(decided(at(3), nowMs, { errors: afterAsking(early.errors, 19_900) })).toMatchObject({
      kind: 'wait',
    });
    expect(decided(at(3), nowMs, { errors: passedAt(19_500, beforeSteps) })).toMatchObject({
      kind: 'reach',
      dueMs: 20_000,
    });
  });
});
