import { expect, it } from 'vitest';
import { listLines } from '../../../src/control/list/list-lines.ts';
import { type ListedService, listedServices } from '../../../src/control/list/listed-service.ts';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { noFloors } from '../../../src/domain/floor/floor.ts';
import type { GuardReport } from '../../../src/domain/health/guard-report.ts';
import { createSite, type Site } from '../../support/maintained-site.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const service = '-t 10.0.0.100:80';
const siteOf = (weights: Readonly<Record<number, number>>): Site =>
  createSite({
    seed: 1,
    table: [
      `-A ${service} -s wrr`,
      ...Object.entries(weights).map(
        ([n, weight]) => `-a ${service} -r 10.0.0.${n}:80 -m -w ${weight}`,
      ),
      '',
    ].join('\n'),
  });

const listed = async (site: Site): Promise<readonly ListedService[]> => {
  const { out, exitCode } = await site.run('list', '--output', 'json');
  expect(exitCode).toBe(0);
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

const weightsOf = (one: ListedService | undefined) =>
  one?.servers.map(({ server, weight, baseWeight }) => [server, weight, baseWeight]);

it('a list has who is out and why, with the weight to come back to', async () => {
  const site = siteOf({ 1: 100, 2: 50 });
  await site.run('out', '10.0.0.1');
  const [one] = await listed(site);
  expect(weightsOf(one)).toEqual([
    ['10.0.0.1:80', 0, 0],
    ['10.0.0.2:80', 50, 50],
  ]);
  expect(one?.servers[0]?.out).toMatchObject([{ reason: 'operator', weight: 100 }]);
  const { out } = await site.run('list', 'tcp/10.0.0.100:80');
  expect(out).toContain('tcp/10.0.0.100:80 (wrr): 1 of 2 servers in service');
  expect(out).toMatch(/10\.0\.0\.1:80 {2}weight 0 .*out for .*: drain out, weight 100 before/);
});

it('a list has the rollout of a service, in the state that drain status says', async () => {
  const site = siteOf({ 1: 100, 2: 100 });
  const canary = ['--from', '10.0.0.1', '--to', '10.0.0.4', '--over', '20s', '--until', '25%'];
  expect((await site.run(...canary)).exitCode).toBe(0);
  const [one] = await listed(site);
  expect(one?.rollouts).toMatchObject([
    { state: 'held', from: ['10.0.0.1:80'], to: ['10.0.0.4:80'], step: 5, of: 20 },
  ]);
  expect(one?.servers.map(({ weight }) => weight)).toEqual([75, 100, 25]);
  const status = JSON.parse((await site.run('status', '--output', 'json')).out);
  expect(one?.rollouts).toMatchObject([{ rollout: status.rollout, message: status.message }]);
});

it('a service that nobody holds is refused', async () => {
  const site = siteOf({ 1: 100 });
  const { exitCode, err } = await site.run('list', 'tcp/10.0.0.100:81');
  expect(exitCode).toBe(2);
  expect(err).toContain('no director holds the service tcp/10.0.0.100:81');
  expect((await site.run('list', 'nonsense')).exitCode).toBe(2);
});

it('directors with the same table share its lines, and 200 services are three lines each', async () => {
  const [one] = await listed(siteOf({ 1: 100, 2: 50 }));
  if (!one) throw new Error('nothing listed');
  const twice = listLines([one, { ...one, director: 'lb2', connectionsPerSecond: 9 }], 0);
  expect(twice.match(/^tcp/gm)).toHaveLength(1);
  expect(twice).toContain('on local, lb2');
  const many = Array.from({ length: 200 }, (_, n) => ({
    ...one,
    service: `tcp/10.0.1.${n}:80` as ListedService['service'],
  }));
  expect(listLines(many, 0).split('\n').filter(Boolean)).toHaveLength(600);
});

it('a list says that a server has a part of its weight for its agent, with the weight before', async () => {
  const [one] = await listed(siteOf({ 1: 100, 2: 50 }));
  if (!one) throw new Error('nothing listed');
  const out = {
    ...{ reason: 'health' as const, since: '1970-01-01T00:00:00.000Z', weight: 100 },
    detail: 'its agent asks for 50% of its weight',
  };
  const lines = listLines(
    [{ ...one, servers: one.servers.map((all) => ({ ...all, out: [out] })) }],
    5_000,
  );
  expect(lines).toContain('a part for 5s: its agent asks for 50% of its weight, weight 100 before');
});

it('a fallback server is shown as what it is, by list and status, and is none of those that serve', async () => {
  const site = siteOf({ 1: 0, 2: 0, 9: 200 });
  const service = 'tcp/10.0.0.100:80' as ServiceKey;
  const claim = {
    ...{ table: 'ipvsadm', service, servers: ['10.0.0.9:80' as ServerKey] },
    sinceMs: Date.UTC(2026, 0, 1),
  };
  await site.store.marks.fallbacks.put(claim);
  const since = '2026-01-01T00:00:00.000Z';
  const [one] = await listed(site);
  expect(one?.servers.map(({ fallback }) => fallback)).toEqual([undefined, undefined, { since }]);
  const { out } = await site.run('list');
  expect(out).toContain('0 of 2 servers in service');
  expect(out).toMatch(/10\.0\.0\.9:80 .*fallback for .*: stands in, for no server/);
  const status = JSON.parse((await site.run('status', '--output', 'json')).out);
  expect(status).toEqual({
    ...{ state: 'fallback', server: '10.0.0.9:80', service, table: 'ipvsadm', since },
  });
  await site.store.marks.fallbacks.put({ ...claim, leavingMs: Date.UTC(2026, 0, 2) });
  expect((await site.run('status')).out).toMatch(
    /^fallback: 10\.0\.0\.9:80 in tcp\/10\.0\.0\.100:80, for .*: leaves as its connections end/m,
  );
});

it('a list says whose a service is, where that is known', async () => {
  const managed = (services?: readonly ListedService['service'][]) => {
    const manager = { name: 'keepalived', pid: 812, ...(services && { services }) };
    const snapshot = snapshotOf([wrrService([realServer('10.0.0.1', 1)])]);
    const facts = { sysctls: new Map(), managers: [manager] };
    const known = {
      ...{
        marks: [],
        fallbacks: [],
        kept: [],
        clusters: [],
        rollouts: new Map(),
        floors: noFloors,
        counted: [],
      },
      table: { director: 'lb1', snapshot, facts },
      account: { baseOf: (_: unknown, __: unknown, weight: number) => weight } as never,
    };
    return listedServices(known, { names: [], groups: [] }, undefined);
  };
  const web = 'tcp/10.0.0.100:80' as ListedService['service'];
  expect(managed([web])).toMatchObject([{ service: web, managedBy: 'keepalived' }]);
  expect(listLines(managed([web]), 0)).toContain('  managed by keepalived\n');
  for (const other of [managed([]), managed()]) {
    expect(other[0]?.managedBy).toBeUndefined();
    expect(listLines(other, 0)).not.toContain('managed');
  }
});

it('a server that a guard keeps in for the floor is marked in list and status, while that guard is alive', async () => {
  const site = siteOf({ 1: 100, 2: 100 });
  const nowMs = Date.now();
  const report: GuardReport = {
    ...{ guard: 'guard-1', table: 'ipvsadm', director: 'local', host: 'lb1', pid: 7 },
    ...{ file: 'guard.yaml', sinceMs: nowMs, aliveMs: nowMs, patienceMs: 600_000 },
    services: [
      {
        ...{ service: 'tcp/10.0.0.100:80' as ServiceKey, servers: 2, up: 1 },
        ...{ allDead: false, isLeftToRollout: false },
        bad: [
          {
            ...{ server: '10.0.0.2:80' as ServerKey, verdict: 'down', sinceMs: nowMs - 300_000 },
            ...{ detail: 'connect ECONNREFUSED', askedMs: nowMs, flaps: 1, kept: 'min-serving' },
          },
        ],
      },
    ],
  };
  await site.store.guards.put(report);
  const [one] = await listed(site);
  expect(one?.servers.map(({ kept }) => kept?.reason)).toEqual([undefined, 'min-serving']);
  const words =
    /down for 5m.* \(connect ECONNREFUSED\), and has weight still: minServing is reached/;
  expect((await site.run('list')).out).toMatch(words);
  const status = await site.run('status');
  expect(status.out).toMatch(/^kept in: 10\.0\.0\.2:80 in tcp\/10\.0\.0\.100:80, down for 5m/m);
  expect(JSON.parse((await site.run('status', '--output', 'json')).out)).toMatchObject({
    ...{ state: 'kept', server: '10.0.0.2:80', reason: 'min-serving', verdict: 'down' },
  });
  await site.store.guards.put({ ...report, aliveMs: nowMs - 700_000 });
  expect((await site.run('status')).out).not.toContain('kept in');
});
