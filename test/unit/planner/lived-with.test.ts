import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { HostFacts, TableManager } from '../../../src/domain/ipvs/host-facts.ts';
import type { ManagedServer } from '../../../src/domain/ipvs/managed-service.ts';
import { planSchema } from '../../../src/files/plan-schema.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { diagnoseTable } from '../../../src/planner/diagnose/diagnose.ts';
import { buildMaintenance } from '../../../src/planner/maintenance/build-maintenance.ts';
import { buildMove } from '../../../src/planner/moves/build-move.ts';
import { defaultPolicy, request, server } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const service = 'tcp/10.0.0.100:80' as ServiceKey;
const ramp = { overMs: 40_000, everyMs: 10_000, curve: 'linear' } as const;
const manager = { keepalived: 'watch' } as const;

/** keepalived that says that it has these weights in its configuration, a server that is down as below 0. */
function keepalived(
  weights: Readonly<Record<string, number>>,
  more: Partial<TableManager> = {},
): TableManager {
  const servers = Object.entries(weights).map(([key, weight]) => {
    const initialWeight = Math.abs(weight);
    const one: ManagedServer = {
      ...{ initialWeight, effectiveWeight: initialWeight, isAlive: weight >= 0 },
      ...{ isInhibited: false, trackFiles: [] },
    };
    return [key as ServerKey, one] as const;
  });
  const says = new Map([[service, { quorum: 1, servers: new Map(servers) }]]);
  const file = '/etc/keepalived/keepalived.conf';
  return { name: 'keepalived', pid: 812, file, services: [service], says, ...more };
}

function table(weights: readonly number[], facts: Partial<HostFacts>) {
  const servers = weights.map((weight, i) => realServer(`10.0.0.${i + 1}`, weight));
  return {
    director: 'lb1',
    snapshot: snapshotOf([wrrService(servers)]),
    facts: { sysctls: new Map(), ...facts },
  };
}
const lived = (one: TableManager | undefined): Partial<HostFacts> => ({
  managers: one ? [one] : [],
  manager,
});

function planned(weights: readonly number[], facts: Partial<HostFacts>) {
  const asked = request({ from: '10.0.0.1', to: '10.0.0.2', ramp });
  const { plan, diagnostics } = buildPlan(asked, [table(weights, facts)]);
  const codes = diagnostics.map(({ severity, code }) => `${severity} ${code}`);
  return { plan, own: plan?.directors[0]?.services[0], codes, diagnostics };
}

const its = { '10.0.0.1:80': 100, '10.0.0.2:80': 1, '10.0.0.3:80': 100 };
const watched = Object.entries(its);

describe('a service that is lived with by its manager', () => {
  it('has the weights of the configuration in its plan, and no warning of that manager', () => {
    const { plan, own, codes } = planned([100, 1, 100], lived(keepalived(its)));
    expect(own).toMatchObject({ managedBy: 'keepalived', watched });
    expect(codes).toEqual([]);
    expect(planSchema.parse(structuredClone(plan))).toEqual(plan);
  });

  it('has them in maintenance and in moves as well', () => {
    const at = { ...table([100, 1, 100], lived(keepalived(its))), remembered: [] };
    const out = { direction: 'out', servers: [server('10.0.0.1')], ramp, force: false } as const;
    const maintained = buildMaintenance({ ...out, policy: defaultPolicy }, [at]).plan;
    expect(maintained?.directors[0]?.services[0]).toMatchObject({ watched });
    const servers = [{ name: server('10.0.0.1'), weight: 40 }];
    const move = { move: 'weight', servers, services: [service], ramp, force: false } as const;
    const moved = buildMove({ ...move, policy: defaultPolicy }, [at]);
    expect(moved.plan?.directors[0]?.services[0]).toMatchObject({ watched });
  });

  it('has none without the word of the director, even where the manager has told', () => {
    const { own, codes } = planned([100, 1, 100], { managers: [keepalived(its)] });
    expect(own?.managedBy).toBe('keepalived');
    expect(own).not.toHaveProperty('watched');
    expect(codes).toEqual(['warning table-manager']);
  });

  it('is not one that the manager does not own', () => {
    const other = { ...keepalived(its), services: [], says: new Map() };
    expect(planned([100, 1, 100], lived(other)).own).not.toHaveProperty('managedBy');
  });

  it('refuses to give weight to a server that the checks have taken out', () => {
    const { codes, diagnostics } = planned(
      [100, 0, 100],
      lived(keepalived({ ...its, '10.0.0.2:80': -1 })),
    );
    expect(codes).toEqual(['error managed-server-down']);
    expect(diagnostics[0]?.kind).toBe('preflight');
  });

  it('warns of a new server that the manager does not know, and of weights that are others there', () => {
    const { '10.0.0.2:80': _, ...known } = its;
    expect(planned([100, 1, 100], lived(keepalived(known))).codes).toEqual([
      'warning managed-server-unknown',
    ]);
    const { codes, diagnostics } = planned([33, 1, 100], lived(keepalived(its)));
    expect(codes).toEqual(['warning managed-weights-differ']);
    expect(diagnostics[0]?.message).toContain(
      '10.0.0.1:80 has weight 33, and 100 in the configuration',
    );
  });
});

describe('a service whose weights keepalived sets by files', () => {
  const enrolled = (weights: Readonly<Record<string, number>>, quorum = 1, paths?: string) => {
    const one = keepalived(weights);
    const servers = [...(one.says?.get(service)?.servers ?? [])].map(([key, server], i) => {
      const path = `/var/lib/drain/keepalived/${paths ?? i}`;
      return [key, { ...server, trackFiles: [{ name: 't', path, factor: 1 }] }] as const;
    });
    return { ...one, says: new Map([[service, { quorum, servers: new Map(servers) }]]) };
  };
  const byFiles = (one: TableManager): Partial<HostFacts> => ({
    managers: [one],
    manager: { keepalived: 'track-files' },
  });

  it('keeps its old servers in the table, for the configuration alone takes them out', () => {
    const { plan, own, codes } = planned([100, 1, 100], byFiles(enrolled(its)));
    expect(codes).toEqual([]);
    expect(own).toMatchObject({ watched });
    expect(plan?.policy.keep).toBe(true);
    expect(planned([100, 1, 100], lived(keepalived(its))).plan?.policy.keep).toBe(false);
  });

  it.each<[string, TableManager, string]>([
    ['track no file', keepalived(its), 'error managed-not-enrolled'],
    ['share one', enrolled(its, 1, 'one'), 'error managed-not-enrolled'],
    ['would have less weight than the quorum', enrolled(its, 202), 'error managed-quorum'],
  ])('is refused where its servers %s', (_, one, code) => {
    const { codes, diagnostics } = planned([100, 1, 100], byFiles(one));
    expect(codes).toEqual([code]);
    expect(diagnostics[0]?.kind).toBe('preflight');
  });

  it('is refused where the new server is not in the configuration', () => {
    const { '10.0.0.2:80': _, ...known } = its;
    const { diagnostics } = planned([100, 1, 100], byFiles(enrolled(known)));
    expect(diagnostics).toMatchObject([
      { code: 'managed-not-enrolled', message: expect.stringMatching(/10\.0\.0\.2:80 is not in/) },
    ]);
  });

  it.each(['2.3.0', '2.3.1', '2.3.2'])('is refused by keepalived %s, which crashes', (version) => {
    const { codes, diagnostics } = planned([100, 1, 100], byFiles({ ...enrolled(its), version }));
    expect(codes).toEqual(['error manager-release']);
    expect(diagnostics[0]?.kind).toBe('preflight');
    expect(planned([100, 1, 100], lived({ ...keepalived(its), version })).codes).toEqual([
      'warning manager-release',
    ]);
  });

  it.each([
    ['2.2.7', []],
    ['2.2.8', ['warning manager-init-file']],
    ['2.3.2', ['error manager-release', 'warning manager-init-file']],
    ['2.3.3', []],
  ])('is warned of an init_file by keepalived %s', (version, expected) => {
    const one = { ...enrolled(its), version, initsFiles: true } as const;
    expect(planned([100, 1, 100], byFiles(one)).codes).toEqual(expected);
  });
});

describe('a manager that is to be there', () => {
  it.each<[string, Partial<HostFacts>, string]>([
    ['does not run', lived(undefined), 'error manager-missing'],
    ['cannot be seen', { manager }, 'error manager-missing'],
    [
      'does not say what it owns',
      lived({ ...keepalived(its), silent: 'Operation not permitted' }),
      'error manager-silent',
    ],
  ])('and %s refuses the start, in doctor as well', (_, facts, code) => {
    const { codes, diagnostics } = planned([100, 1, 100], facts);
    expect(codes).toContain(code);
    expect(diagnostics.find((one) => one.severity === 'error')?.kind).toBe('preflight');
    const asked = request({ from: '10.0.0.1', to: '10.0.0.2', ramp });
    const { findings } = diagnoseTable(asked, table([100, 1, 100], facts));
    expect(findings.map((one) => `${one.severity} ${one.code}`)).toContain(code);
  });

  it('is named by doctor with its services, its file, and how it is lived with', () => {
    const asked = request({ from: '10.0.0.1', to: '10.0.0.2', ramp });
    const at = table([100, 1, 100], lived(keepalived(its, { version: '2.2.7' })));
    expect(diagnoseTable(asked, at).findings).toContainEqual({
      severity: 'ok',
      code: 'managed-services',
      message: `keepalived 2.2.7 (process 812) owns ${service}, by /etc/keepalived/keepalived.conf; lived with by watch`,
    });
  });

  it.each(['2.3.0', '2.3.2'])('of a release that is known to crash is named: %s', (version) => {
    const { codes, diagnostics } = planned([100, 1, 100], lived(keepalived(its, { version })));
    expect(codes).toEqual(['warning manager-release']);
    expect(diagnostics[0]?.next).toMatch(/2\.3\.3 or later/);
  });

  it.each(['2.2.7', '2.3.3'])('of another release is not: %s', (version) => {
    expect(planned([100, 1, 100], lived(keepalived(its, { version }))).codes).toEqual([]);
  });
});
