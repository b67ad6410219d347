import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import type { Diagnostic } from '../../../../src/domain/failure.ts';
import type { DrainEstimate } from '../../../../src/domain/ipvs/drain-estimate.ts';
import { type HostFacts, noHostFacts } from '../../../../src/domain/ipvs/host-facts.ts';
import type { Snapshot, VirtualService } from '../../../../src/domain/ipvs/ipvs.ts';
import { buildPlan } from '../../../../src/planner/build-plan.ts';
import { slowestOfEach } from '../../../../src/planner/diagnose/diagnose.ts';
import { examinePlan } from '../../../../src/planner/diagnose/examine-plan.ts';
import { examineUnusable } from '../../../../src/planner/diagnose/examine-unusable.ts';
import { estimateDrains } from '../../../../src/planner/diagnose/host-view.ts';
import { ofAllTables, tolerated } from '../../../../src/planner/diagnose/table-diagnostics.ts';
import { examineSync } from '../../../../src/planner/examine-sync.ts';
import { defaultPolicy, request } from '../../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const dns = 'udp/10.0.0.100:53' as ServiceKey;
const udp = { kind: 'address', protocol: 'udp', address: '10.0.0.100', port: 53 } as const;
const two = [realServer('10.0.0.1', 30), realServer('10.0.0.2', 10)];
const ok = (code: string, message: string) => ({ severity: 'ok', code, message });

/** A table with as many open and finished connections of each server. */
function counted(
  services: readonly VirtualService[],
  [activeConn, inActConn]: readonly [number, number],
  perSecond?: number,
): Snapshot {
  const samples = services.map(({ key, scheduler, servers }) => {
    const counts = { activeConn, inActConn, persistConn: 0, weight: 1 };
    const all = new Map(servers.map((server) => [server.key, counts]));
    return [key, { service: key, scheduler, servers: all }] as const;
  });
  const rates = new Map(services.map(({ key }) => [key, perSecond ?? 0]));
  return { ...snapshotOf(services, rates), samples: new Map(samples) };
}

describe('a director whose table cannot be listed', () => {
  const failure = {
    kind: 'preflight',
    what: 'no permission',
    where: 'lb',
    next: 'be root',
  } as const;
  const refused = {
    severity: 'error',
    code: 'cannot-list',
    kind: 'preflight',
    message: 'no permission (lb)',
    next: 'be root',
  };
  const notLoaded = {
    severity: 'error',
    kind: 'preflight',
    code: 'no-ip-vs',
    message: 'the kernel has no net.ipv4.vs settings: ip_vs is not loaded',
    next: 'run `sudo modprobe ip_vs`, and put ip_vs into /etc/modules',
  };
  const sysctls = new Map([['conn_reuse_mode', 1]]);

  it('has ip_vs or not, as its settings tell, whatever ipvsadm complained of', () => {
    const bare = { sysctls: new Map(), kernelRelease: '6.1.0', reach: ['sudo'] };
    expect(examineUnusable(failure, bare)).toEqual([refused, notLoaded]);
    expect(examineUnusable({ ...failure, code: 'no-ip-vs' }, bare)).toEqual([refused]);
    expect(examineUnusable(failure, noHostFacts)).toEqual([refused]);
    expect(
      examineUnusable(failure, { sysctls, kernelRelease: '6.1.0', ipvsadmVersion: '1.31' }),
    ).toEqual([
      ok('ip-vs', 'ip_vs is in the kernel, Linux 6.1.0'),
      ok('ipvsadm', 'ipvsadm is 1.31'),
      refused,
    ]);
    expect(examineUnusable({ kind: 'director', what: 'no answer' }, { sysctls })).toEqual([
      ok('ip-vs', 'ip_vs is in the kernel'),
      { severity: 'error', code: 'cannot-list', kind: 'director', message: 'no answer' },
    ]);
  });
});

describe('the drain of each server', () => {
  const estimates = (snapshot: Snapshot) =>
    estimateDrains({
      facts: noHostFacts,
      snapshot,
      leaving: snapshot.services.map((service) => ({ service, old: service.servers })),
      schedule: [{ atMs: 0, fraction: 1 }],
      policy: { ...defaultPolicy, settleMs: 0 },
    }).map(({ server, estimate }) => [
      server,
      estimate.kind === 'about' ? estimate.meanLifeMs : estimate.kind,
    ]);

  it('is by its part of the traffic, which is that of its weight', () => {
    // Of 40 a second the first has 30, and 20 connections open.
    expect(estimates(counted([wrrService(two)], [20, 0], 40))).toEqual([
      ['10.0.0.1:80', 667],
      ['10.0.0.2:80', 2_000],
    ]);
    expect(estimates(snapshotOf([wrrService(two)]))).toEqual([]);
    const idle = two.map((server) => ({ ...server, weight: 0 }));
    expect(estimates(counted([wrrService(idle)], [20, 0], 40))).toEqual([
      ['10.0.0.1:80', 'unknown'],
      ['10.0.0.2:80', 'unknown'],
    ]);
  });

  it('is by the connections that are over where the kernel has no rate, but for UDP', () => {
    // 240 of the last 120 s are two a second, of which the first has 1.5.
    expect(estimates(counted([wrrService(two)], [3, 120]))).toEqual([
      ['10.0.0.1:80', 2_000],
      ['10.0.0.2:80', 6_000],
    ]);
    expect(estimates(counted([wrrService(two, { address: udp })], [0, 120]))).toEqual([
      ['10.0.0.1:80', 'unknown'],
      ['10.0.0.2:80', 'unknown'],
    ]);
  });

  it('ends with the templates of a persistent service only where those expire', () => {
    const persistent = counted([wrrService(two, { persistence: { timeoutS: 300 } })], [20, 0], 40);
    const kinds = (value: number) =>
      estimateDrains({
        facts: { sysctls: new Map([['expire_quiescent_template', value]]) },
        snapshot: persistent,
        leaving: persistent.services.map((service) => ({ service, old: service.servers })),
        schedule: [{ atMs: 0, fraction: 1 }],
        policy: defaultPolicy,
      }).map(({ estimate }) => estimate.kind);
    expect([kinds(0), kinds(1)]).toEqual([
      ['at-least', 'at-least'],
      ['about', 'about'],
    ]);
  });

  it('is that of the slowest for each service, and one that is unknown is slowest', () => {
    const about = (server: string, ms: number, service = web) => ({
      service,
      server: server as never,
      estimate: { kind: 'about', ms, openAtEnd: 0 } as DrainEstimate,
    });
    const unknown = { ...about('c', 0), estimate: { kind: 'unknown', open: 1 } as DrainEstimate };
    const [a, b, other] = [about('a', 5), about('b', 9), about('d', 1, dns)];
    expect(slowestOfEach([a, b, other])).toEqual([b, other]);
    expect(slowestOfEach([b, a])).toEqual([b]);
    expect(slowestOfEach([b, unknown, a])).toEqual([unknown]);
    expect(slowestOfEach([a, { ...about('e', 5) }])).toEqual([a]);
    expect(slowestOfEach([])).toEqual([]);
  });
});

describe('what several directors have to say', () => {
  const said = (message: string, severity: Diagnostic['severity'] = 'error'): Diagnostic => ({
    severity,
    code: 'x',
    message,
  });

  it('is said once, with the names of those that say it unless all do', () => {
    const found = [
      { director: 'a', diagnostics: [said('both'), said('one'), said('one')] },
      { director: 'b', diagnostics: [said('both')] },
    ];
    expect(ofAllTables(found)).toEqual([said('both'), said('on a: one')]);
    expect(ofAllTables([])).toEqual([]);
  });

  it('is a warning from those that take no part, where that is allowed and others do', () => {
    const part = { director: 'a', diagnostics: [said('mine')], takesPart: true };
    const none = {
      director: 'b',
      diagnostics: [said('not there'), said('slow', 'warning')],
      takesPart: false,
    };
    expect(tolerated([part, none], false)).toEqual([part, none]);
    expect(tolerated([none], true)).toEqual([none]);
    expect(tolerated([part, none], true)).toEqual([
      { director: 'a', diagnostics: [said('mine')] },
      {
        director: 'b',
        diagnostics: [said('left out: not there', 'warning'), said('slow', 'warning')],
      },
    ]);
  });

  it('of a compiled plan is about the machines that it is to run on', () => {
    const snapshot = snapshotOf([wrrService(two, { persistence: { timeoutS: 300 } })]);
    const asked = request({ from: '10.0.0.1', to: '10.0.0.2' });
    const { plan } = buildPlan(asked, [{ director: 'lb', snapshot }]);
    if (!plan) throw new Error('no plan');
    const codes = (director: string, facts?: HostFacts) =>
      examinePlan(plan, [{ director, snapshot, ...(facts ? { facts } : {}) }]).map(
        ({ code }) => code,
      );
    expect(codes('lb')).toEqual(['persistent-service']);
    expect(codes('other')).toEqual([]);
    const sysctls = new Map([['expire_quiescent_template', 0]]);
    expect(codes('lb', { sysctls })).toEqual(['expire-quiescent-template-off']);
  });

  it('of a sync daemon is said of one director alone', () => {
    const one = { director: 'a', syncDaemons: [{ role: 'master', syncId: 3 } as never] };
    expect(examineSync([one])).toMatchObject([
      { severity: 'warning', code: 'sync-alone', message: expect.stringContaining('sync id 3') },
    ]);
    expect(examineSync([one, { director: 'b' }])).toEqual([]);
    expect(examineSync([{ director: 'b' }])).toEqual([]);
    expect(examineSync([])).toEqual([]);
  });
});
