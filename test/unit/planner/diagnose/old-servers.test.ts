import { describe, expect, it } from 'vitest';
import type { RealServer } from '../../../../src/domain/ipvs/ipvs.ts';
import { buildPlan } from '../../../../src/planner/build-plan.ts';
import { request } from '../../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

describe('thresholds that the new servers take over', () => {
  const room = (to: string) =>
    buildPlan(request({ from: '10.0.0.1,10.0.0.2', to }), [
      {
        director: 'local',
        snapshot: snapshotOf([
          wrrService([
            realServer('10.0.0.1', 100, { upperThreshold: 1_000 }),
            realServer('10.0.0.2', 100, { upperThreshold: 1_000 }),
          ]),
        ]),
      },
    ]).diagnostics.filter(({ code }) => code === 'threshold-capacity');

  it('of two servers leave one with half of their room, which is a warning', () => {
    expect(room('10.0.0.3')).toMatchObject([
      { severity: 'warning', message: expect.stringMatching(/take 1000 .* took 2000/) },
    ]);
    expect(room('10.0.0.3,10.0.0.4')).toEqual([]);
  });
});

describe('old servers that differ', () => {
  const found = (more: Partial<RealServer>, to = '10.0.0.3') =>
    buildPlan(request({ from: '10.0.0.1,10.0.0.2', to }), [
      {
        director: 'local',
        snapshot: snapshotOf([
          wrrService([
            realServer('10.0.0.1', 100),
            realServer('10.0.0.2', 100, more),
            realServer('10.0.0.4', 100),
          ]),
        ]),
      },
    ]).diagnostics.filter(({ code }) => code === 'old-servers-differ');

  it.each<Partial<RealServer>>([
    { forwarding: 'route' },
    { upperThreshold: 9 },
    { lowerThreshold: 9 },
  ])('in %j leave it to be said whom the new one takes after', (more) => {
    expect(found(more).map(({ message }) => message)).toEqual([
      'the old servers differ in forwarding method or thresholds; the new ones take after 10.0.0.1:80',
    ]);
    expect(found(more, '10.0.0.4')).toEqual([]);
  });

  it('in nothing but their address are alike', () => {
    expect(found({ weight: 7 })).toEqual([]);
  });
});

describe('a drain that takes too long', () => {
  it('is that of the slowest server of a service, and of the first of two alike', () => {
    const servers = [1, 2].map((n) => realServer(`10.0.0.${n}`, 100));
    const service = wrrService(servers);
    const whose = (...active: readonly number[]) => {
      const samples = new Map(
        servers.map(({ key }, i) => [
          key,
          { activeConn: active[i] ?? 0, inActConn: 0, persistConn: 0, weight: 100 },
        ]),
      );
      const sample = { service: service.key, scheduler: 'wrr', servers: samples };
      const snapshot = {
        ...snapshotOf([service], new Map([[service.key, 2]])),
        samples: new Map([[service.key, sample]]),
      };
      const both = request({ from: '10.0.0.1,10.0.0.2', to: '10.0.0.3' });
      return buildPlan(both, [{ director: 'local', snapshot }]).diagnostics.map(
        ({ message }) => message.split(' ')[0],
      );
    };
    expect(whose(1_000, 1_000)).toEqual(['10.0.0.1:80']);
    expect(whose(1_000, 1_001)).toEqual(['10.0.0.2:80']);
    expect(whose(1_001, 1_000)).toEqual(['10.0.0.1:80']);
    expect(whose(1, 1)).toEqual([]);
  });
});
