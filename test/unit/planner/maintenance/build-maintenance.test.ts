import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../../src/domain/ipvs/host-facts.ts';
import type { Plan } from '../../../../src/domain/rollout/plan.ts';
import {
  built,
  dns,
  fourSteps,
  mark,
  twoServices,
  web,
} from '../../../support/maintenance-table.ts';
import { defaultPolicy } from '../../../support/simulated-rollout.ts';
import { realServer, snapshotOf } from '../../../support/tables.ts';

const schedule = [
  { atMs: 0, fraction: 0 },
  { atMs: 10_000, fraction: 0.25 },
  { atMs: 20_000, fraction: 0.5 },
  { atMs: 30_000, fraction: 0.75 },
  { atMs: 40_000, fraction: 1 },
];
const known = { remembered: [mark('10.0.0.3:80', 8)] };
const codes = ({ diagnostics }: ReturnType<typeof built>) =>
  diagnostics.map(({ severity, code }) => `${severity} ${code}`);
const steps = (plan: Plan | undefined) => plan?.directors[0]?.services[0]?.steps;

describe('the plan of drain out', () => {
  it('is a ramp of each service in which nobody takes over, and nobody is removed', () => {
    const table = twoServices();
    const [baseline, other] = table.snapshot.services;
    expect(built('out', '10.0.0.1', { tables: [table] })).toEqual({
      plan: {
        from: ['10.0.0.1:80', '10.0.0.1:53'],
        to: [],
        overMs: 40_000,
        everyMs: 10_000,
        schedule,
        directors: [
          {
            director: 'lb',
            services: [
              {
                service: web,
                baseline,
                scheduler: 'wrr',
                oldServers: ['10.0.0.1:80'],
                newServers: [],
                servers: ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'],
                added: [],
                steps: [4, 3, 2, 1, 0].map((weight) => [weight, 4, 0]),
                finalWeights: [0, 4, 0],
                scale: {
                  multiplier: 4,
                  divisor: 4,
                  totalWeight: 8,
                  baselineTotalWeight: 8,
                  errorConnections: 0.6,
                },
              },
              {
                service: dns,
                baseline: other,
                scheduler: 'wrr',
                oldServers: ['10.0.0.1:53'],
                newServers: [],
                servers: ['10.0.0.1:53', '10.0.0.4:53'],
                added: [],
                steps: [...[4, 3, 2, 1].map((weight) => [weight, 4]), [0, 1]],
                finalWeights: [0, 1],
                scale: {
                  multiplier: 4,
                  divisor: 1,
                  totalWeight: 8,
                  baselineTotalWeight: 2,
                  errorConnections: 0.6,
                },
              },
            ],
          },
        ],
        policy: { ...defaultPolicy, keep: true },
      },
      diagnostics: [],
      skipped: [],
    });
  });

  it('may empty a service where somebody insists, and has no check of servers that go', () => {
    const check = { kind: 'tcp' } as never;
    const { plan } = built('out', '10.0.0.1', { force: true, check });
    expect(plan?.policy).toEqual({ ...defaultPolicy, keep: true, mayEmpty: true });
    expect(plan?.gates).toBeUndefined();
    expect(
      built('in', '10.0.0.3', { tables: [twoServices({}, known)], force: true }).plan?.policy,
    ).toEqual({ ...defaultPolicy, keep: true });
  });

  it('has no ramp where all of them are at 0: there is only the wait for connections', () => {
    const { plan } = built('out', '10.0.0.3', { tables: [twoServices({}, known)] });
    expect(plan).toMatchObject({ overMs: 0, everyMs: 10_000 });
    expect(plan?.schedule).toEqual([
      { atMs: 0, fraction: 0 },
      { atMs: 0, fraction: 1 },
    ]);
    const beside = built('out', '10.0.0.3,10.0.0.2', { tables: [twoServices({}, known)] });
    expect(beside.plan).toMatchObject({ overMs: 40_000, schedule });
  });
});

describe('the plan of drain in', () => {
  it('raises the servers with their check in force all the time', () => {
    const table = twoServices({}, known);
    const check = { kind: 'tcp' } as never;
    const { plan, diagnostics } = built('in', '10.0.0.3', { tables: [table], check });
    expect(diagnostics).toEqual([]);
    expect(plan).toMatchObject({
      from: [],
      to: ['10.0.0.3:80'],
      policy: { keep: true },
      gates: { check, gates: [] },
    });
    expect(plan?.directors[0]?.services).toMatchObject([
      {
        service: web,
        oldServers: [],
        newServers: ['10.0.0.3:80'],
        servers: ['10.0.0.3:80', '10.0.0.1:80', '10.0.0.2:80'],
        finalWeights: [8, 4, 4],
      },
    ]);
  });

  it('is none where nobody gets weight', () => {
    const { plan, skipped } = built('in', '10.0.0.2');
    expect(plan).toBeUndefined();
    expect(skipped).toMatchObject([{ director: 'lb', kind: 'in-service' }]);
  });
});

describe('the scale of a maintenance', () => {
  const perSecond = (rate: number) => {
    const table = twoServices({}, known);
    return { ...table, snapshot: snapshotOf(table.snapshot.services, new Map([[web, rate]])) };
  };
  const scale = (rate: number, more: Partial<Parameters<typeof built>[2]> = {}) =>
    built('in', '10.0.0.3', { tables: [perSecond(rate)], ...more }).plan?.directors[0]?.services[0]
      ?.scale;

  it('is that of the connections that arrive in a step', () => {
    expect(scale(10)).toEqual({
      multiplier: 2,
      divisor: 4,
      totalWeight: 7,
      baselineTotalWeight: 8,
      errorConnections: 0.6,
      connectionsPerStep: 100,
    });
    expect(scale(0.01)).toMatchObject({ connectionsPerStep: 1 });
    expect(scale(0)).not.toHaveProperty('connectionsPerStep');
    expect(scale(10, { ramp: { ...fourSteps, overMs: 0 } })).toEqual({
      multiplier: 4,
      divisor: 4,
      totalWeight: 16,
      baselineTotalWeight: 8,
      errorConnections: 0,
    });
  });

  it('has room for each step of percentages', () => {
    const ramp = { ...fourSteps, percentages: [1, 5, 100] };
    const { plan } = built('in', '10.0.0.3', { tables: [perSecond(0.1)], ramp });
    const own = steps(plan)?.map(([weight = 0]) => weight) ?? [];
    expect(own).toEqual([...new Set(own)].sort((a, b) => a - b));
    expect(own).toHaveLength(4);
  });

  it('stays that of the table where keepalived or a Local server has the service', () => {
    const facts: HostFacts = {
      sysctls: new Map(),
      managers: [{ name: 'keepalived', pid: 7, services: [web] }],
    };
    const ramp = { ...fourSteps, everyMs: 5_000 };
    const { plan, diagnostics } = built('out', '10.0.0.1', {
      tables: [twoServices({}, { facts })],
      ramp,
    });
    expect(plan?.directors[0]?.services.map(({ managedBy }) => managedBy)).toEqual([
      'keepalived',
      undefined,
    ]);
    expect(steps(plan)).toEqual([4, 3, 3, 2, 2, 1, 1, 0, 0].map((weight) => [weight, 4, 0]));
    expect(diagnostics.map(({ code }) => code)).toEqual([
      'managed-weights-coarse',
      'table-manager',
    ]);
    const local = realServer('10.0.0.2', 4, { forwarding: 'local' as never });
    const servers = [realServer('10.0.0.1', 4), local];
    const beside = built('out', '10.0.0.1:80', { tables: [twoServices({ servers })], ramp });
    expect(steps(beside.plan)?.every(([, weight]) => weight === 4)).toBe(true);
    expect(codes(beside)).toEqual([]);
    expect(codes(built('out', '10.0.0.2', { tables: [twoServices({ servers })] }))).toEqual([
      'error local-forwarding',
    ]);
  });
});

describe('a maintenance on several directors', () => {
  const second = { director: 'lb2' };

  it('is one plan of both where they hold the same, each finding said once', () => {
    const tables = [twoServices(), twoServices({}, second)];
    const { plan, diagnostics } = built('out', '10.0.0.1,10.0.0.3', { tables });
    expect(plan?.directors.map(({ director }) => director)).toEqual(['lb', 'lb2']);
    expect(plan?.from).toEqual(['10.0.0.1:80', '10.0.0.3:80', '10.0.0.1:53']);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      '10.0.0.3:80 was at weight 0 already, and no weight from before is known',
    ]);
  });

  it('is refused where they differ in what it touches, unless that is allowed', () => {
    const servers = [
      realServer('10.0.0.1', 3),
      realServer('10.0.0.2', 4),
      realServer('10.0.0.3', 0),
    ];
    const tables = [twoServices(), twoServices({ servers }, second)];
    expect(codes(built('out', '10.0.0.1', { tables }))).toEqual(['error tables-differ']);
    expect(codes(built('out', '10.0.0.4', { tables, force: true }))).toEqual([]);
    const allowed = built('out', '10.0.0.1', { tables, allowDifferences: true });
    expect(codes(allowed)).toEqual(['warning tables-differ']);
    expect(allowed.plan?.directors).toHaveLength(2);
  });

  it('is a ramp where one of them has weight to move', () => {
    const servers = [realServer('10.0.0.1', 0), realServer('10.0.0.2', 4)];
    const tables = [twoServices(), twoServices({ servers }, second)];
    const asked = { tables, services: [web], allowDifferences: true };
    expect(built('out', '10.0.0.1', asked).plan).toMatchObject({ overMs: 40_000, schedule });
  });

  it('leaves one out that has none of them, where they may differ', () => {
    const servers = [realServer('10.0.0.2', 4)];
    const tables = [twoServices(), twoServices({ servers }, second)];
    const { plan, diagnostics } = built('out', '10.0.0.1:80', { tables, allowDifferences: true });
    expect(plan?.directors.map(({ director }) => director)).toEqual(['lb']);
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'tables-differ'],
      ['warning', 'server-not-found'],
    ]);
    const back = built('in', '10.0.0.1:80', { tables, allowDifferences: true });
    expect(back.skipped.map(({ director }) => director)).toEqual(['lb']);
    expect(codes(back)).toEqual(['warning server-not-found']);
  });

  it('waits for the connections of those that go, not for those that come', () => {
    const slow = { severity: 'warning', code: 'persistent-service', service: web };
    const persistence = { timeoutS: 300 };
    const found = (direction: 'out' | 'in', who: string) =>
      built(direction, who, { tables: [twoServices({ persistence }, known)] }).diagnostics;
    expect(found('out', '10.0.0.1:80')).toMatchObject([slow]);
    expect(found('in', '10.0.0.3')).toEqual([]);
  });
});
