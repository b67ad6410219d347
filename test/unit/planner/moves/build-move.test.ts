import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import { type HostFacts, noHostFacts } from '../../../../src/domain/ipvs/host-facts.ts';
import { buildMove } from '../../../../src/planner/moves/build-move.ts';
import type { MoveRequest } from '../../../../src/planner/moves/move-request.ts';
import type { DirectorTable } from '../../../../src/planner/plan-tables.ts';
import { defaultPolicy, server } from '../../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const request = (more: Partial<MoveRequest> = {}): MoveRequest => ({
  move: 'weight',
  servers: [{ name: server('10.0.0.1'), weight: 50 }],
  ramp: { overMs: 4_000, everyMs: 1_000, curve: 'linear' },
  policy: defaultPolicy,
  force: false,
  ...more,
});
const add: Partial<MoveRequest> = {
  move: 'add',
  servers: [{ name: server('10.0.0.9') }],
  services: [web],
};
const table = (
  weights: readonly number[],
  more: Partial<DirectorTable> & { readonly scheduler?: string } = {},
): DirectorTable => ({
  director: 'lb1',
  snapshot: snapshotOf([
    wrrService(
      weights.map((weight, index) => realServer(`10.0.0.${index + 1}`, weight)),
      { scheduler: more.scheduler ?? 'wrr' },
    ),
  ]),
  ...more,
});
const codesOf = (asked: MoveRequest, ...tables: readonly DirectorTable[]) =>
  buildMove(asked, tables).diagnostics.map(({ severity, code }) => `${severity} ${code}`);
const serviceOf = (asked: MoveRequest, ...tables: readonly DirectorTable[]) =>
  buildMove(asked, tables).plan?.directors[0]?.services[0];

describe('the plan of a move', () => {
  it('has the servers as new ones, nobody who hands over, and the weight that moves', () => {
    const { plan } = buildMove(request(), [table([100, 100])]);
    expect(plan).toMatchObject({ move: 'weight', from: [], to: ['10.0.0.1:80'] });
    expect(plan?.policy).toEqual({ ...defaultPolicy, keep: true });
    expect(plan?.directors[0]?.services[0]).toMatchObject({
      oldServers: [],
      newServers: ['10.0.0.1:80'],
      added: [],
      finalWeights: [50, 100],
      moving: { gains: [-50], extra: 50, everyStepMoves: false },
    });
    expect(plan?.directors[0]?.services[0]?.steps.at(-1)).toEqual([50, 100]);
  });

  it('heeds the windows that it is given', () => {
    const windows = [{ days: ['mon'], fromMinute: 0, toMinute: 60, zone: 'UTC' }] as const;
    expect(buildMove(request({ windows }), [table([100, 100])]).plan).toMatchObject({ windows });
  });

  it('is on one scale of all who may come back meanwhile', () => {
    const out = {
      ...{ service: web, server: '10.0.0.3:80' as ServerKey, reason: 'operator' as const },
      weight: 25,
    };
    const divisorOf = (remembered: DirectorTable['remembered']) =>
      serviceOf(request(), table([100, 100, 0], remembered ? { remembered } : {}))?.scale.divisor;
    expect(divisorOf(undefined)).toBe(50);
    expect(divisorOf([out])).toBe(25);
  });

  it('keeps the scale of a service whose weights another program puts back', () => {
    const facts: HostFacts = {
      ...noHostFacts,
      managers: [{ name: 'keepalived', pid: 7, services: [web] }],
    };
    const kept = serviceOf(request(), table([100, 100], { facts }));
    expect(kept).toMatchObject({ managedBy: 'keepalived' });
    expect(kept?.moving).toBeUndefined();
    expect(kept?.steps.map(([own]) => own)).toEqual([100, 87, 75, 62, 50]);
  });

  it('gives a new server the mean of the base weights, also of one that is on its way back', () => {
    const slow = {
      ...{ service: web, server: '10.0.0.1:80' as ServerKey, reason: 'health' as const },
      weight: 100,
    };
    const meanOf = (...tables: readonly DirectorTable[]) =>
      serviceOf(request(add), ...tables)?.finalWeights[0];
    expect(meanOf(table([100, 50, 0]))).toBe(75);
    expect(meanOf(table([10, 50, 0]))).toBe(30);
    expect(meanOf(table([10, 50, 0], { remembered: [slow] }))).toBe(75);
    expect(meanOf(table([1, 1, 1]))).toBe(1);
  });

  it('is refused where directors differ, and of each as it is with --allow-differences', () => {
    const tables = [table([100, 100]), table([100, 80], { director: 'lb2' })];
    expect(codesOf(request(), ...tables)).toContain('error tables-differ');
    const { plan } = buildMove(request({ allowDifferences: true }), tables);
    expect(plan?.directors.map(({ services }) => services[0]?.finalWeights)).toEqual([
      [50, 100],
      [50, 80],
    ]);
  });
});

describe('the scheduler of a move', () => {
  it.each([
    ['wrr', {}, []],
    ['rr', {}, ['error scheduler-ignores-weights']],
    [
      'rr',
      { servers: [{ name: server('10.0.0.1'), weight: 0 }] },
      ['warning scheduler-ignores-weights'],
    ],
    ['rr', add, ['warning scheduler-ignores-weights']],
    ['sh', {}, []],
    ['sh', add, ['error scheduler-refuses-at-zero']],
    [
      'sh',
      { servers: [{ name: server('10.0.0.1'), weight: 0 }] },
      ['error scheduler-refuses-at-zero'],
    ],
    ['own', add, ['warning scheduler-unknown']],
  ] as const)(
    '%s is examined for what it does with these weights: %j',
    (scheduler, more, codes) => {
      const found = codesOf(request(more as Partial<MoveRequest>), table([60, 60], { scheduler }));
      expect(found).toEqual(codes);
    },
  );
});
