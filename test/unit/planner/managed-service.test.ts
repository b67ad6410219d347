import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import type { TableManager } from '../../../src/domain/ipvs/host-facts.ts';
import type { ServicePlan } from '../../../src/domain/rollout/plan.ts';
import { planSchema } from '../../../src/files/plan-schema.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { buildMaintenance } from '../../../src/planner/maintenance/build-maintenance.ts';
import { defaultPolicy, request, server } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const service = 'tcp/10.0.0.100:80' as ServiceKey;
const keepalived = { name: 'keepalived', pid: 812 };
const its = { ...keepalived, services: [service] };
const ramp = { overMs: 40_000, everyMs: 10_000, curve: 'linear' } as const;

function table(weights: readonly number[], managers: readonly TableManager[]) {
  const servers = weights.map((weight, i) => realServer(`10.0.0.${i + 1}`, weight));
  const facts = { sysctls: new Map(), managers };
  return { director: 'local', snapshot: snapshotOf([wrrService(servers)]), facts };
}

/** The plan from the first server to a new one. */
function planned(weights: readonly number[], managers: readonly TableManager[]) {
  const asked = request({ from: '10.0.0.1', to: '10.0.0.9', ramp });
  const { plan, diagnostics } = buildPlan(asked, [table(weights, managers)]);
  const own = plan?.directors[0]?.services[0];
  const said = diagnostics.filter(({ code }) => code !== 'table-manager');
  return { plan, own: own as ServicePlan, said };
}

describe('a service that keepalived owns', () => {
  it("keeps its scale: old and new share the old one's weight, and bystanders stay to the digit", () => {
    const { plan, own, said } = planned([100, 100, 33], [its]);
    expect(own.steps).toEqual([
      [100, 0, 100, 33],
      [75, 25, 100, 33],
      [50, 50, 100, 33],
      [25, 75, 100, 33],
      [0, 100, 100, 33],
    ]);
    expect(own.finalWeights).toEqual([0, 100, 100, 33]);
    expect(own.managedBy).toBe('keepalived');
    expect(said).toEqual([]);
    expect(planSchema.parse(structuredClone(plan))).toEqual(plan);
  });

  it('says which steps its weights are too coarse for, and what would mend that', () => {
    const { own, said } = planned([1, 1], [its]);
    expect(own.steps.map((step) => step.join(' '))).toEqual([
      '1 0 1',
      '1 0 1',
      '0 1 1',
      '0 1 1',
      '0 1 1',
    ]);
    expect(said).toEqual([
      {
        severity: 'warning',
        code: 'managed-weights-coarse',
        service,
        message:
          'keepalived (process 812) owns this service and puts weights of its own scale back, so the scale stays, and its weights have room for 1 of the 4 steps: steps 1, 3 to 4 change nothing',
        next: 'give its servers larger weights in keepalived.conf, all by the same factor (1000 instead of 1), and reload it before the rollout; or choose fewer steps',
      },
    ]);
  });

  it('names the file of whoever manages it', () => {
    const manager: TableManager = { name: 'ldirectord', pid: 90, services: [service] };
    expect(planned([1, 1], [manager]).said).toMatchObject([
      { next: expect.stringContaining('larger weights in ldirectord.cf, all') },
    ]);
  });

  it.each<[string, readonly TableManager[], boolean]>([
    ['of a keepalived whose file cannot be read', [keepalived], true],
    ['of an ldirectord', [{ name: 'ldirectord', pid: 90, services: [service] }], true],
    ['beside a keepalived that only moves addresses', [{ ...keepalived, services: [] }], false],
    ['beside a kube-proxy', [{ name: 'kube-proxy', pid: 7 }], false],
    ['of nobody', [], false],
  ])('is one %s: %j, %j', (_, managers, isKept) => {
    const { own } = planned([1, 1], managers);
    expect(own.managedBy !== undefined).toBe(isKept);
    expect(new Set(own.steps.map((step) => step.at(-1))).has(1)).toBe(isKept);
  });

  it('keeps it while a server goes out as a ramp as well', () => {
    const out = { direction: 'out', servers: [server('10.0.0.1')], ramp, force: false } as const;
    const tables = [{ ...table([8, 1], [its]), remembered: [] }];
    const { plan } = buildMaintenance({ ...out, policy: defaultPolicy }, tables);
    expect(plan?.directors[0]?.services[0]?.steps).toEqual([
      [8, 1],
      [6, 1],
      [4, 1],
      [2, 1],
      [0, 1],
    ]);
  });
});
