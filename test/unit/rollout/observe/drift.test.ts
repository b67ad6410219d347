import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import type { ServiceSample } from '../../../../src/domain/ipvs/ipvs.ts';
import type { ServicePlan } from '../../../../src/domain/rollout/plan.ts';
import { findDrift, findDriftBeforeRamp } from '../../../../src/rollout/observe/drift.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import { directorPlan, directorState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  fresh,
  listedAt,
  old,
  other,
  reachedOn,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

const atStep = (step: number, scheduler = 'wrr'): RolloutState =>
  stateAfter(reachedOn(['lb1'], { kind: 'step', step }), {
    service: wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 100)], { scheduler }),
  });

const liveOf = (
  state: RolloutState,
  change: (sample: ServiceSample) => ServiceSample | undefined = (sample) => sample,
) => {
  const found = listedAt(state, 'lb1', 1).sample?.services.get(web);
  const sample = found && change(found);
  return new Map(sample ? [[web, sample]] : []);
};
const withWeight =
  (server: ServerKey, weight: number | null) =>
  (sample: ServiceSample): ServiceSample => {
    const servers = new Map(sample.servers);
    if (weight === null) servers.delete(server);
    else servers.set(server, { weight, activeConn: 0, inActConn: 0, persistConn: 0 });
    return { ...sample, servers };
  };
const driftOf = (state: RolloutState, live: ReturnType<typeof liveOf>) => {
  const plan = directorPlan(state, 'lb1');
  return findDrift(plan, directorState(state, plan), live);
};
const weightOf = (state: RolloutState, server: ServerKey): number =>
  liveOf(state).get(web)?.servers.get(server)?.weight ?? Number.NaN;
const conflict = (expected: string, found: string) => ({
  kind: 'conflict',
  director: 'lb1',
  service: web,
  expected,
  found,
});

describe('a table that is as the journal says', () => {
  it('has no drift', () => {
    for (const step of [0, 3, 12]) expect(driftOf(atStep(step), liveOf(atStep(step)))).toEqual([]);
  });

  it('has none on either side of an edit that has begun', () => {
    const intent = {
      type: 'intended',
      director: 'lb1',
      milestone: { kind: 'step', step: 4 },
    } as const;
    const begun = stateAfter([...reachedOn(['lb1'], { kind: 'step', step: 3 }), intent]);
    expect(driftOf(begun, liveOf(atStep(3)))).toEqual([]);
    expect(driftOf(begun, liveOf(atStep(4)))).toEqual([]);
    expect(driftOf(begun, liveOf(atStep(5)))).not.toEqual([]);
  });
});

describe('what touches the rollout is a conflict', () => {
  it('another scheduler', () => {
    const live = liveOf(atStep(3), (sample) => ({ ...sample, scheduler: 'rr' }));
    expect(driftOf(atStep(3), live)).toEqual([conflict('scheduler wrr', 'scheduler rr')]);
  });

  it('the scheduler from before, where the rollout has set one', () => {
    const switched = stateAfter(reachedOn(['lb1'], { kind: 'step', step: 3 }), {
      service: wrrService([realServer('10.0.0.1', 100)], { scheduler: 'rr' }),
      sketch: { setScheduler: 'wrr' },
    });
    expect(driftOf(switched, liveOf(switched))).toEqual([]);
    const live = liveOf(switched, (sample) => ({ ...sample, scheduler: 'rr' }));
    expect(driftOf(switched, live)).toEqual([conflict('scheduler wrr', 'scheduler rr')]);
  });

  it('a service that has gone', () => {
    expect(
      driftOf(
        atStep(3),
        liveOf(atStep(3), () => undefined),
      ),
    ).toEqual([conflict('the virtual service', 'no such service')]);
  });

  it.each([old, fresh])('another weight of %s, or that it has gone', (server) => {
    const state = atStep(3);
    const expected = `${server} weight ${weightOf(state, server)}`;
    expect(driftOf(state, liveOf(state, withWeight(server, 777)))).toEqual([
      conflict(expected, `${server} weight 777`),
    ]);
    expect(driftOf(state, liveOf(state, withWeight(server, null)))).toEqual([
      conflict(expected, `${server} absent`),
    ]);
  });
});

describe('what somebody did to a bystander', () => {
  const bystander = (expected: number | null, found: number | null, server = other) => [
    { kind: 'bystander', director: 'lb1', service: web, server, expected, found },
  ];

  it.each([0, null])('is noted where its weight is %s', (found) => {
    const state = atStep(3);
    expect(driftOf(state, liveOf(state, withWeight(other, found)))).toEqual(
      bystander(weightOf(state, other), found),
    );
  });

  it('is noted where it came', () => {
    const came = '10.0.0.9:80' as ServerKey;
    const state = atStep(3);
    expect(driftOf(state, liveOf(state, withWeight(came, 0)))).toEqual(bystander(null, 0, came));
  });
});

describe('drift before the first step of a ramp with a scale of its own', () => {
  const state = stateAfter([]);
  const plan = directorPlan(state, 'lb1');
  const asPlanned = plan.services.map(
    (service): ServicePlan => ({
      ...service,
      scale: { ...service.scale, multiplier: 7, divisor: 2 },
      out: [[other, 60]],
    }),
  );
  const found = (server: ServerKey, weight: number, services = asPlanned) =>
    findDriftBeforeRamp(
      { ...plan, services },
      directorState(state, plan),
      liveOf(state, withWeight(server, weight)),
    );

  it('is a bystander with a weight that the ramp has no share for', () => {
    expect(found(other, 50)).toEqual([
      {
        ...conflict(`${other} weight 100 on the scale of the ramp`, `${other} weight 50`),
        bystander: { server: other, weight: 50 },
      },
    ]);
    const came = '10.0.0.9:80' as ServerKey;
    expect(found(came, 60)).toMatchObject([{ found: `${came} weight 60` }]);
  });

  it('is none that is back in service with its weight from before', () => {
    expect(found(other, 60)).toEqual([]);
  });

  it('is none where nothing was out and the scale is that of the table', () => {
    const unscaled = plan.services.map(
      (service): ServicePlan => ({
        ...service,
        scale: { ...service.scale, multiplier: 1, divisor: 1 },
      }),
    );
    expect(found(other, 50, unscaled)).toEqual([]);
  });
});

describe('drift before the first step', () => {
  const found = (change: (sample: ServiceSample) => ServiceSample) => {
    const state = stateAfter([]);
    const plan = directorPlan(state, 'lb1');
    return findDriftBeforeRamp(plan, directorState(state, plan), liveOf(state, change));
  };

  it('is nothing where the table is the baseline', () => {
    expect(found((sample) => sample)).toEqual([]);
  });

  it('is every conflict', () => {
    expect(found((sample) => ({ ...sample, scheduler: 'sh' }))).toEqual([
      conflict('scheduler wrr', 'scheduler sh'),
    ]);
  });

  it('is not a bystander that is out of service: it is that on every scale', () => {
    expect(found(withWeight(other, 0))).toEqual([]);
    expect(found(withWeight(other, null))).toEqual([]);
  });
});
