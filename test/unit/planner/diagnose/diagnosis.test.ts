import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import { type HostFacts, noHostFacts } from '../../../../src/domain/ipvs/host-facts.ts';
import type { RealServer, Snapshot, VirtualService } from '../../../../src/domain/ipvs/ipvs.ts';
import { compareDirectors } from '../../../../src/planner/compare-directors.ts';
import { diagnoseFleet, diagnoseTable } from '../../../../src/planner/diagnose/diagnose.ts';
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

describe('the doctor of a table', () => {
  const pace = { ramp: request({ from: '10.0.0.1', to: '10.0.0.2' }).ramp, policy: defaultPolicy };
  const facts: HostFacts = {
    kernelRelease: '6.1.0',
    ipvsadmVersion: '1.31',
    callMs: 40,
    managers: [],
    sysctls: new Map([
      ['conn_reuse_mode', 1],
      ['expire_nodest_conn', 0],
    ]),
  };
  const table = (services: readonly VirtualService[], more: Partial<HostFacts> = {}) => ({
    director: 'lb',
    facts: { ...facts, ...more },
    snapshot: counted(services, [20, 0], 10),
  });

  it('says of all that is in order what was looked at', () => {
    const udpToo = wrrService([realServer('10.0.0.1', 1, { port: 53 })], { address: udp });
    const { findings } = diagnoseTable(pace, table([wrrService(two), udpToo]));
    expect(findings).toEqual([
      ok('ip-vs', 'IPVS answers (Linux 6.1.0); virtual services: 2, real servers: 3'),
      ok('ipvsadm', 'ipvsadm is 1.31'),
      ok('director-pace', 'a call takes 40ms: steps can come every 1s'),
      ok('scheduler', 'new connections follow weights (wrr)'),
      ok('persistence', 'no service is persistent'),
      ok(
        'conn-reuse-mode',
        'conn_reuse_mode is 1: a source port that is used again gets a new server',
      ),
      ok(
        'expire-nodest-conn',
        'expire_nodest_conn is 0: that matters only where a server is removed with connections open (--on-timeout remove)',
      ),
      ok(
        'timeouts',
        'an entry without a packet is forgotten after 15m (tcp), 2m (tcpfin), 5m (udp)',
      ),
      ok('table-manager', 'neither keepalived nor ldirectord nor kube-proxy runs beside it'),
    ]);
  });

  it('says nothing of what nobody could read, and nothing of services that are not there', () => {
    const { findings, estimates } = diagnoseTable(pace, {
      director: 'lb',
      facts: noHostFacts,
      snapshot: snapshotOf([]),
    });
    expect(findings.map(({ code }) => code)).toEqual(['ip-vs', 'timeouts']);
    expect(findings[0]?.message).toBe('IPVS answers; virtual services: 0, real servers: 0');
    expect(estimates).toEqual([]);
  });

  it('tells what the settings mean that are on', () => {
    const persistent = wrrService(two, { persistence: { timeoutS: 300 } });
    const sysctls = new Map([
      ['expire_nodest_conn', 1],
      ['expire_quiescent_template', 1],
    ]);
    const { findings } = diagnoseTable(pace, table([persistent], { sysctls }));
    expect(findings.slice(3, 6)).toEqual([
      ok('scheduler', 'new connections follow weights (wrr)'),
      ok(
        'persistence',
        'expire_quiescent_template is 1: persistent clients leave a server at weight 0 with their next connection',
      ),
      ok(
        'expire-nodest-conn',
        'expire_nodest_conn is 1: clients of a removed server are reset, and do not hang',
      ),
    ]);
  });

  it('looks at the services that are asked for, each server as one that leaves', () => {
    const rr = wrrService([realServer('10.0.0.1', 1, { port: 53 })], {
      address: udp,
      scheduler: 'rr',
    });
    const both = [wrrService(two), rr];
    const codes = (services?: readonly ServiceKey[], setScheduler?: 'wrr') =>
      diagnoseTable(
        { ...pace, ...(services ? { services } : {}), ...(setScheduler ? { setScheduler } : {}) },
        table(both),
      ).findings.flatMap(({ severity, code }) => (severity === 'ok' ? [] : [code]));
    expect(codes()).toEqual(['scheduler-ignores-weights']);
    expect(codes([dns])).toEqual(['scheduler-ignores-weights']);
    expect(codes([web])).toEqual([]);
    expect(codes(undefined, 'wrr')).toEqual([]);
    const { estimates } = diagnoseTable({ ...pace, services: [web] }, table(both));
    expect(estimates.map(({ server }) => server)).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
  });

  it('finds servers that no command can set, and the settings that keep clients', () => {
    const local = realServer('10.0.0.2', 1, { forwarding: 'local' as never });
    const { findings } = diagnoseTable(
      pace,
      table([wrrService([...two.slice(0, 1), local])], {
        sysctls: new Map([['conn_reuse_mode', 0]]),
      }),
    );
    expect(findings.filter(({ severity }) => severity !== 'ok').map(({ code }) => code)).toEqual([
      'local-forwarding',
      'conn-reuse-mode-0',
      'direct-routing-timeout',
    ]);
  });
});

describe('the doctor of several directors', () => {
  const table = (director: string, servers: readonly RealServer[], role?: 'master' | 'backup') => ({
    director,
    snapshot: snapshotOf([wrrService(servers)]),
    ...(role ? { syncDaemons: [{ role, syncId: 3 } as never] } : {}),
  });

  it('says that they hold the same, and which copy each other’s connections', () => {
    expect(
      diagnoseFleet(undefined, [table('a', two, 'master'), table('b', two, 'backup')]),
    ).toEqual([
      ok('sync-daemon', "a, b copy each other's connections, and each connection counts once"),
      ok('tables-differ', 'all 2 directors hold the same'),
    ]);
    expect(diagnoseFleet(undefined, [table('a', two), table('b', two)])).toEqual([
      ok('tables-differ', 'all 2 directors hold the same'),
    ]);
  });

  it('says where they differ, in the services of the rollout if there is one', () => {
    const tables = [table('a', two), table('b', two.slice(0, 1))];
    const differ = {
      severity: 'error',
      code: 'tables-differ',
      kind: 'preflight',
      service: web,
      message: `a and b do not hold ${web} alike: - ${web} 10.0.0.2:80 masq weight 10`,
      next: 'make them alike, or go on with each as it is: --allow-differences',
    };
    expect(diagnoseFleet(undefined, tables)).toEqual([differ]);
    expect(diagnoseFleet(request({ from: '10.0.0.1', to: '10.0.0.2' }), tables)).toEqual([differ]);
    expect(diagnoseFleet(request({ from: '10.0.0.7', to: '10.0.0.2' }), tables)).toEqual([
      ok('tables-differ', 'all 2 directors hold the same'),
    ]);
  });

  it('shows six lines of a difference, and how many there are beyond', () => {
    const many = Array.from({ length: 8 }, (_, n) => realServer(`10.0.1.${n}`, 1));
    const compared = (servers: readonly RealServer[], allowed = false) =>
      compareDirectors([table('a', []), table('b', servers)], new Set([web]), allowed);
    const [shown] = compared(many);
    expect(shown?.message.split('; ')).toHaveLength(7);
    expect(shown?.message).toMatch(/; and 2 lines more$/);
    const [six] = compared(many.slice(0, 6));
    expect(six?.message.split('; ')).toHaveLength(6);
    expect(compared(many, true)).toMatchObject([{ severity: 'warning' }]);
    expect(compared([])).toEqual([]);
    expect(compareDirectors([], new Set([web]), false)).toEqual([]);
    const none = { director: 'a', snapshot: snapshotOf([]) };
    expect(compareDirectors([none, table('b', two)], new Set([web]), false)).toMatchObject([
      { message: `a and b do not hold ${web} alike: it is on the second one alone` },
    ]);
    expect(compareDirectors([none, none], new Set([web]), false)).toEqual([]);
  });
});
