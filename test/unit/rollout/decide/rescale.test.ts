import { describe, expect, it } from 'vitest';
import { decideScale } from '../../../../src/rollout/decide/rescale.ts';
import type { ArrivalCount } from '../../../../src/rollout/observe/observation.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  listedAt,
  other,
  reachedOn,
  seenOf,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';

/** Counts of a service that gets so many connections a second, every 5 s until now. */
const arriving = (perS: number): readonly ArrivalCount[] =>
  [0, 4_000, 8_000, 12_000, 16_000].map((atMs) => ({
    atMs,
    connections: new Map([[web, (perS * atMs) / 1_000]]),
  }));
const at = (step: number, ...entries: readonly JournalBody[]) =>
  stateAfter([...reachedOn(['lb1'], { kind: 'step', step }), ...entries]);
const scaled = (state: RolloutState, perS: number, next = 5) => {
  const lb1 = listedAt(state, 'lb1', 16_000, { arrivals: arriving(perS) });
  return decideScale(state, next, seenOf({ lb1 }));
};
// 4 connections a second are 20 in a step of 5 s, and step 5 has 7/5/12, which come round in 24.
const rescaled = (perS: number) => ({
  kind: 'rescale',
  services: [
    { director: 'lb1', service: web, fromStep: 5, scale: { connectionsPerStep: perS * 5 } },
  ],
});

describe('the scale of a ramp', () => {
  it('follows the traffic that arrives, before the next step', () => {
    expect(scaled(at(4), 4)).toMatchObject(rescaled(4));
    expect(scaled(at(4), 2)).toMatchObject(rescaled(2));
  });

  it('stays without traffic, and without a count', () => {
    expect(scaled(at(4), 0)).toBeUndefined();
    const state = at(4);
    expect(decideScale(state, 5, seenOf({ lb1: listedAt(state, 'lb1', 0) }))).toBeUndefined();
    expect(decideScale(state, 5, seenOf({}))).toBeUndefined();
  });

  it('follows in the step that comes next alone', () => {
    expect(scaled(at(4), 4, 6)).toBeUndefined();
    expect(scaled(at(5), 4)).toBeUndefined();
  });

  it('stays in a step that is written down already', () => {
    const milestone = { kind: 'step', step: 5 } as const;
    expect(scaled(at(4, { type: 'intended', director: 'lb1', milestone }), 4)).toBeUndefined();
  });

  it('follows once a step', () => {
    const first = scaled(at(4), 4);
    const services = first?.kind === 'rescale' ? first.services : [];
    const entries = services.map((one): JournalBody => ({ type: 'rescaled', ...one }));
    expect(entries).toHaveLength(1);
    expect(scaled(at(4, ...entries), 400)).toBeUndefined();
  });

  it('stays where somebody else has a say', () => {
    const accepted: JournalBody = {
      ...{ type: 'accepted', director: 'lb1', service: web },
      weights: [[other, 9]],
    };
    expect(scaled(at(4, accepted), 4)).toBeUndefined();
    const changed: JournalBody = {
      ...{ type: 'bystander-changed', director: 'lb1', service: web },
      ...{ server: other, weight: 0 },
    };
    expect(scaled(at(4, changed), 4)).toBeUndefined();
  });

  it('stays on the way back', () => {
    const back: JournalBody = {
      type: 'rollback-started',
      cause: 'asked',
      reason: 'r',
      exitCode: 5,
    };
    expect(scaled(at(4, back), 4)).toBeUndefined();
  });
});
