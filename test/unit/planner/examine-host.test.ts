import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../src/domain/ipvs/host-facts.ts';
import type {
  ConnectionCounts,
  RealServer,
  VirtualService,
} from '../../../src/domain/ipvs/ipvs.ts';
import type { RolloutPolicy } from '../../../src/domain/rollout/plan.ts';
import { tableManagersAmong } from '../../../src/ipvs/host/managers/table-managers.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { diagnoseRollout, diagnoseTable } from '../../../src/planner/diagnose/diagnose.ts';
import { diagnoseSync } from '../../../src/planner/examine-sync.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

/** Settings as the kernel has them by default. */
const defaults = {
  conn_reuse_mode: 1,
  expire_nodest_conn: 0,
  expire_quiescent_template: 0,
  run_estimation: 1,
};

interface Case {
  readonly sysctls?: Partial<Record<keyof typeof defaults, number>>;
  readonly facts?: Partial<HostFacts>;
  readonly policy?: Partial<RolloutPolicy>;
  readonly service?: Partial<VirtualService>;
  readonly server?: Partial<RealServer>;
  /** New connections a second; 10 by default. */
  readonly perSecond?: number;
  readonly counts?: Partial<ConnectionCounts>;
}

function table({ sysctls, facts, service, server, perSecond = 10, counts }: Case) {
  const old = realServer('10.0.0.1', 100, server);
  const held = wrrService([old], service);
  const sample = { activeConn: 20, inActConn: 0, persistConn: 0, weight: 100, ...counts };
  return {
    director: 'local',
    snapshot: {
      ...snapshotOf([held], new Map([[held.key, perSecond]])),
      samples: new Map([
        [held.key, { service: held.key, scheduler: 'wrr', servers: new Map([[old.key, sample]]) }],
      ]),
    },
    facts: {
      sysctls: new Map(Object.entries({ ...defaults, ...sysctls })),
      managers: [],
      ...facts,
    },
  };
}

const asked = ({ policy = {} }: Case) => request({ from: '10.0.0.1', to: '10.0.0.2', policy });

const warnings = (one: Case) => buildPlan(asked(one), [table(one)]).diagnostics;

const persistent = { persistence: { timeoutS: 300 } };
const udp = {
  address: { kind: 'address', protocol: 'udp', address: '10.0.0.100', port: 53 },
} as const;
const keepalived = { managers: [{ name: 'keepalived', pid: 812 }] };

describe('the preflight of a rollout', () => {
  it.each<[string, Case]>([
    ['default settings', {}],
    ['a machine that tells nothing', { facts: { sysctls: new Map() } }],
    [
      'persistence whose templates expire',
      { service: persistent, sysctls: { expire_quiescent_template: 1 } },
    ],
    [
      '--on-timeout remove that resets',
      { policy: { onTimeout: 'remove' }, sysctls: { expire_nodest_conn: 1 } },
    ],
    ['--on-timeout remove with --keep', { policy: { onTimeout: 'remove', keep: true } }],
    ['conn_reuse_mode 0 for UDP', { service: udp, sysctls: { conn_reuse_mode: 0 } }],
    [
      'direct routing without a connection',
      { server: { forwarding: 'route' }, counts: { activeConn: 0 } },
    ],
    [
      'direct routing and a drain timeout above that of tcp',
      { server: { forwarding: 'route' }, policy: { drainTimeoutMs: 900_000 } },
    ],
    ['a drain whose length nobody can tell', { perSecond: 0, policy: { drainTimeoutMs: 1_000 } }],
  ])('has nothing to say of %s', (_, one) => {
    expect(warnings(one)).toEqual([]);
  });

  it.each<[string, Case, RegExp]>([
    [
      'expire-quiescent-template-off',
      { service: persistent },
      /300 s[\s\S]*sysctl -w net\.ipv4\.vs\.expire_quiescent_template=1/,
    ],
    ['persistent-service', { service: persistent, facts: { sysctls: new Map() } }, /300 s/],
    [
      'conn-reuse-mode-0',
      { sysctls: { conn_reuse_mode: 0 } },
      /hangs once that is removed[\s\S]*sysctl -w net\.ipv4\.vs\.conn_reuse_mode=1/,
    ],
    [
      'expire-nodest-conn-off',
      { policy: { onTimeout: 'remove' } },
      /vanishes[\s\S]*sysctl -w net\.ipv4\.vs\.expire_nodest_conn=1/,
    ],
    ['run-estimation-off', { sysctls: { run_estimation: 0 } }, /sysctl -w .*run_estimation=1/],
    ['table-manager', { facts: keepalived }, /keepalived \(process 812\)[\s\S]*systemctl reload/],
    ['ipvsadm-old', { facts: { ipvsadmVersion: '1.25' } }, /1\.25, older than 1\.26/],
    [
      'direct-routing-timeout',
      { server: { forwarding: 'route' } },
      /up to 15m[\s\S]*--drain-timeout 10m[\s\S]*--drain-timeout 15m[\s\S]*ipvsadm --set 300 0 0[\s\S]*next packet/,
    ],
    [
      // A connection lives for 1,000 s here.
      'drain-timeout-short',
      { perSecond: 1, counts: { activeConn: 1_000 } },
      /10\.0\.0\.1:80 is expected to need about 2h5m[\s\S]*give --drain-timeout 4h9m/,
    ],
  ])('says %s once, and what to do', (code, one, says) => {
    const found = warnings(one);
    expect(found.map((diagnostic) => [diagnostic.severity, diagnostic.code])).toEqual([
      ['warning', code],
    ]);
    expect(`${found[0]?.message}; ${found[0]?.next}`).toMatch(says);
  });

  it.each([['1.26', '1.31', '2.0', '10.1']])('takes ipvsadm %s for recent enough', (version) => {
    expect(warnings({ facts: { ipvsadmVersion: version } })).toEqual([]);
  });

  it('names commands as they have to be typed for a director in another namespace', () => {
    const [found] = warnings({
      facts: { reach: ['ip', 'netns', 'exec', 'lb'] },
      sysctls: { conn_reuse_mode: 0 },
    });
    expect(found?.next).toContain('`ip netns exec lb sysctl -w net.ipv4.vs.conn_reuse_mode=1`');
  });

  it('says that a client of a reused port hangs only where that can be', () => {
    const [found] = warnings({ sysctls: { conn_reuse_mode: 0, expire_nodest_conn: 1 } });
    expect(found?.message).not.toContain('hangs');
  });
});

describe('a diagnosis', () => {
  const codes = (findings: readonly { readonly severity: string; readonly code: string }[]) =>
    findings.map(({ severity, code }) => `${severity} ${code}`);

  it('of a rollout has its warnings in place of what would be in order, and its estimates', () => {
    const one: Case = {
      service: persistent,
      sysctls: { conn_reuse_mode: 0 },
      facts: { ...keepalived, ipvsadmVersion: '1.31' },
    };
    const { findings, estimates } = diagnoseRollout(asked(one), table(one));
    expect(codes(findings)).toEqual([
      'ok ip-vs',
      'ok ipvsadm',
      'ok scheduler',
      'ok expire-nodest-conn',
      'ok timeouts',
      'warning expire-quiescent-template-off',
      'warning conn-reuse-mode-0',
      'warning table-manager',
    ]);
    expect(estimates).toEqual([
      {
        service: 'tcp/10.0.0.100:80',
        server: '10.0.0.1:80',
        estimate: { kind: 'at-least', ms: 300_000, persistenceS: 300 },
      },
    ]);
  });

  it('of a rollout that cannot be planned has the errors of the planner', () => {
    const nobody = request({ from: '10.9.9.9', to: '10.0.0.2' });
    const { findings, estimates } = diagnoseRollout(nobody, table({}));
    expect(codes(findings)).toContain('error old-not-found');
    expect(estimates).toEqual([]);
  });

  it('of the whole table looks at every service, and refuses a scheduler that no rollout would take', () => {
    const one: Case = { service: { scheduler: 'rr' } };
    const { findings } = diagnoseTable(asked(one), table(one));
    expect(codes(findings)).toContain('error scheduler-ignores-weights');
    expect(codes(findings)).not.toContain('ok scheduler');
  });

  it('does not say that nobody manages the table where nobody could look', () => {
    const { managers: _, ...unseen } = table({}).facts;
    const { findings } = diagnoseTable(asked({}), { ...table({}), facts: unseen });
    expect(codes(findings)).not.toContain('ok table-manager');
  });
});

describe('a director whose calls are slow', () => {
  it('is said, with the interval that it allows', () => {
    expect(warnings({ facts: { callMs: 6_400 } })).toMatchObject([
      {
        code: 'director-slow',
        message: expect.stringContaining('took 6.4s, longer than the 5s between two steps'),
        next: 'give --every 13s or more, and --over to suit',
      },
    ]);
    expect(warnings({ facts: { callMs: 4_900 } })).toEqual([]);
    expect(warnings({})).toEqual([]);
  });

  it('is a finding of doctor, as is one that is quick', () => {
    const pace = (callMs: number) => {
      const one = { facts: { callMs } };
      return diagnoseRollout(asked(one), table(one)).findings.filter(({ code }) =>
        code.startsWith('director-'),
      );
    };
    expect(pace(40)).toMatchObject([
      { severity: 'ok', message: 'a call takes 40ms: steps can come every 1s' },
    ]);
    expect(pace(1_400)).toMatchObject([
      { severity: 'ok', message: 'a call takes 1.4s: steps can come every 3s' },
    ]);
    expect(pace(6_400)).toMatchObject([{ severity: 'warning', code: 'director-slow' }]);
  });
});

describe('programs that write the table', () => {
  it.each([
    ['kube-vip', 'kube-vip', /control plane/, /leave its services to Kubernetes/],
    ['kube-router', 'kube-router', /With its service proxy/, /leave its services to Kubernetes/],
    ['k3s-server', 'k3s', /In its ipvs mode/, /leave its services to Kubernetes/],
    ['nanny', 'nanny', /puts its own weight back/, /stop the service in lvs\.cf/],
    [
      'keepalived',
      'keepalived',
      /never reads weights back/,
      /--keep.* `systemctl reload keepalived`/,
    ],
  ])('include %s', (comm, name, habits, next) => {
    const managers = tableManagersAmong([{ pid: 7, comm }], undefined);
    expect(managers).toEqual([{ name, pid: 7 }]);
    expect(warnings({ facts: { managers } })).toMatchObject([
      {
        code: 'table-manager',
        message: expect.stringMatching(habits),
        next: expect.stringMatching(next),
      },
    ]);
  });

  it('include ldirectord, which is told so that it may be reloaded', () => {
    expect(warnings({ facts: { managers: [{ name: 'ldirectord', pid: 7 }] } })).toMatchObject([
      {
        code: 'table-manager',
        message: expect.stringMatching(/when its file is read again, removed servers return/),
        next: expect.stringMatching(/--keep.*ldirectord\.cf.* `systemctl reload ldirectord`/),
      },
    ]);
  });
});

describe('a director with a sync daemon that is looked at alone', () => {
  it('is told that another one has the traffic, or will have it', () => {
    expect(diagnoseSync([])).toEqual([]);
    expect(diagnoseSync([{ role: 'backup', syncId: 7 }])).toMatchObject([
      { code: 'sync-backup', message: expect.stringContaining('may move no traffic') },
    ]);
    expect(diagnoseSync([{ role: 'master', syncId: 7 }])).toMatchObject([{ code: 'sync-alone' }]);
  });
});
