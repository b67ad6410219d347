import { describe, expect, it } from 'vitest';
import type { RealServer } from '../../../src/domain/ipvs/ipvs.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { buildMaintenance } from '../../../src/planner/maintenance/build-maintenance.ts';
import { defaultPolicy, request, server } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const local = (address: string, weight = 50): RealServer =>
  realServer(address, weight, { forwarding: 'local' });
const others = (...servers: readonly RealServer[]) => [realServer('10.0.0.1', 50), ...servers];
const tableOf = (servers: readonly RealServer[]) => ({
  director: 'local',
  snapshot: snapshotOf([wrrService(servers)]),
});
const refused = (address: string) => ({
  severity: 'error',
  kind: 'preflight',
  code: 'local-forwarding',
  service: 'tcp/10.0.0.100:80',
  message: `${address}:80 has Local forwarding, which ipvsadm lists but cannot set: an edit of the weight would turn it into direct routing`,
  next: 'leave the service to the program that added such servers (kube-vip does), and name the others with --service',
});

describe('a server of Local forwarding', () => {
  it('is neither drained nor filled, nor the model of a new one', () => {
    const planned = (from: string, to: string, servers: readonly RealServer[]) =>
      buildPlan(request({ from, to }), [tableOf(servers)]);
    const table = others(local('10.0.0.2'));
    expect(planned('10.0.0.2', '10.0.0.1', table)).toEqual({
      diagnostics: [refused('10.0.0.2')],
    });
    expect(planned('10.0.0.1', '10.0.0.2', table)).toEqual({
      diagnostics: [refused('10.0.0.2')],
    });
    expect(planned('10.0.0.2', '10.0.0.9', table).plan).toBeUndefined();
  });

  it('that is a bystander keeps its weight at every step', () => {
    const { plan, diagnostics } = buildPlan(request({ from: '10.0.0.1', to: '10.0.0.9' }), [
      tableOf(others(local('10.0.0.2', 33))),
    ]);
    expect(diagnostics).toEqual([]);
    const [service] = plan?.directors[0]?.services ?? [];
    expect(new Set(service?.steps.map((step) => step[2]))).toEqual(new Set([33]));
    expect(service).not.toHaveProperty('moving');
  });

  it('is not taken out either', () => {
    const { plan, diagnostics } = buildMaintenance(
      {
        direction: 'out',
        servers: [server('10.0.0.2')],
        ramp: { overMs: 0, everyMs: 1_000, curve: 'linear' },
        policy: defaultPolicy,
        force: false,
      },
      [{ ...tableOf(others(local('10.0.0.2'))), remembered: [] }],
    );
    expect(plan).toBeUndefined();
    expect(diagnostics).toEqual([refused('10.0.0.2')]);
  });
});
