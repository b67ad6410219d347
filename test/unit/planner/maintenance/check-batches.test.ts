import { describe, expect, it } from 'vitest';
import {
  type BatchRequests,
  checkBatches,
} from '../../../../src/planner/maintenance/check-batches.ts';
import {
  dns,
  fourSteps,
  mark,
  names,
  twoServices,
  web,
} from '../../../support/maintenance-table.ts';
import { defaultPolicy } from '../../../support/simulated-rollout.ts';

const common = { ramp: fourSteps, policy: defaultPolicy, force: false };
const requests: BatchRequests = { out: common, in: common };
const checked = (
  batches: readonly string[],
  more: Partial<BatchRequests['out']> = {},
  table = twoServices(),
) =>
  checkBatches(
    batches.map((one) => names(one)),
    { out: { ...common, ...more }, in: { ...requests.in, ...more } },
    [table],
  );

describe('the batches of a maintenance', () => {
  it('are sound where each can go and come back, with the way back of the first', () => {
    const { errors, firstIn } = checked(['10.0.0.1', '10.0.0.2']);
    expect(errors).toEqual([]);
    expect(firstIn?.to).toEqual(['10.0.0.1:80', '10.0.0.1:53']);
    expect(firstIn?.directors[0]?.services.map(({ finalWeights }) => finalWeights)).toEqual([
      [4, 4, 0],
      [1, 1],
    ]);
  });

  it('come back in the services alone that they were taken from', () => {
    const { errors, firstIn } = checked(['10.0.0.1'], { services: [dns] });
    expect(errors).toEqual([]);
    expect(firstIn?.to).toEqual(['10.0.0.1:53']);
  });

  it('come back to what they had when they were taken out before', () => {
    const remembered = [mark('10.0.0.3:80', 7), mark('10.0.0.2:80', 9, { reason: 'health' })];
    const { errors, firstIn } = checked(['10.0.0.3'], {}, twoServices({}, { remembered }));
    expect(errors).toEqual([]);
    expect(firstIn?.directors[0]?.services[0]?.finalWeights).toEqual([7, 4, 4]);
  });

  it('are left to the guard that is bringing one back', () => {
    const remembered = [mark('10.0.0.2:80', 9, { reason: 'health' })];
    const { errors, firstIn } = checked(['10.0.0.2'], {}, twoServices({}, { remembered }));
    expect([errors, firstIn]).toEqual([[], undefined]);
  });

  it('come back to what they have now, whatever an old mark says', () => {
    const remembered = [mark('10.0.0.2:80', 9), mark('10.0.0.1:80', 8)];
    const { firstIn } = checked(['10.0.0.2'], {}, twoServices({}, { remembered }));
    expect(firstIn?.directors[0]?.services[0]?.finalWeights).toEqual([4, 4, 0]);
  });

  it('are refused for what the last of them cannot do, each error once', () => {
    const { errors, firstIn } = checked(['10.0.0.1:80', '10.0.0.1,10.0.0.2', '10.0.0.2,10.0.0.1']);
    expect(firstIn?.to).toEqual(['10.0.0.1:80']);
    expect(errors.map(({ code, service }) => [code, service])).toEqual([['no-weight-left', web]]);
    const twice = checked(['10.0.0.9', '10.0.0.9,10.0.0.1']);
    expect(twice.errors.map(({ code }) => code)).toEqual(['server-not-found']);
    expect(twice.firstIn?.to).toEqual(undefined);
  });

  it('are refused where nobody knows what one would come back to', () => {
    const { errors, firstIn } = checked(['10.0.0.3']);
    expect(errors.map(({ code }) => code)).toEqual(['weight-unknown']);
    expect(firstIn).toBeUndefined();
  });
});
