import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import type { VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { defaultPolicy, request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const service = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 100)]);
const ramp = { overMs: 20_000, everyMs: 10_000, curve: 'linear' } as const;

/** Twenty connections of each server, and two new ones a second. */
function table(director: string, own: VirtualService = service) {
  const counts = { weight: 100, activeConn: 20, inActConn: 0, persistConn: 0 };
  const servers = new Map(own.servers.map(({ key }) => [key, counts]));
  const sample = { service: own.key, scheduler: own.scheduler, servers };
  return {
    director,
    snapshot: {
      ...snapshotOf([own], new Map([[own.key, 2]])),
      samples: new Map([[own.key, sample]]),
    },
  };
}

describe('a plan', () => {
  const planned = {
    service: web,
    baseline: service,
    scheduler: 'wrr',
    oldServers: ['10.0.0.1:80'],
    newServers: ['10.0.0.2:80'],
    servers: ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'],
    added: [realServer('10.0.0.2', 0)],
    steps: [
      [2, 0, 2],
      [1, 1, 2],
      [0, 2, 2],
    ],
    finalWeights: [0, 100, 100],
    scale: {
      multiplier: 2,
      divisor: 100,
      totalWeight: 4,
      baselineTotalWeight: 200,
      errorConnections: 0.5,
      connectionsPerStep: 20,
    },
    moving: { gains: [100], extra: 0, everyStepMoves: false },
  };

  it('has every weight at every time, on each director, and what was known before', () => {
    const gates = { gates: [] };
    const asked = { ...request({ from: '10.0.0.1', to: '10.0.0.2', ramp }), gates };
    const built = buildPlan(asked, [table('lb1'), table('lb2')]);
    expect(built).toEqual({
      plan: {
        from: ['10.0.0.1:80'],
        to: ['10.0.0.2:80'],
        overMs: 20_000,
        everyMs: 10_000,
        schedule: [
          { atMs: 0, fraction: 0 },
          { atMs: 10_000, fraction: 0.5 },
          { atMs: 20_000, fraction: 1 },
        ],
        directors: [
          { director: 'lb1', services: [planned] },
          { director: 'lb2', services: [planned] },
        ],
        policy: defaultPolicy,
        gates,
      },
      diagnostics: [],
      estimates: [1, 2].map(() => ({
        service: web,
        server: '10.0.0.1:80',
        estimate: expect.objectContaining({ kind: 'about', meanLifeMs: 20_000 }),
      })),
    });
    expect(
      buildPlan({ ...asked, gates: undefined as never }, [table('lb1')]).plan,
    ).not.toHaveProperty('gates');
  });

  it('says of directors that copy each other which they are', () => {
    const [first, second] = [table('lb1'), table('lb2')];
    const asked = request({ from: '10.0.0.1', to: '10.0.0.2', ramp });
    const { plan } = buildPlan(asked, [
      { ...first, syncDaemons: [{ role: 'master', syncId: 3 } as never] },
      { ...second, syncDaemons: [{ role: 'backup', syncId: 3 } as never] },
    ]);
    expect(plan?.directors).toMatchObject([
      { director: 'lb1', syncGroup: 3 },
      { director: 'lb2', syncGroup: 3, syncBackup: true },
    ]);
  });

  it('keeps its scale beside a server that no command can set', () => {
    const local = realServer('10.0.0.3', 100, { forwarding: 'local' as never });
    const own = wrrService([realServer('10.0.0.1', 100), local]);
    const asked = request({ from: '10.0.0.1', to: '10.0.0.2', ramp });
    const { plan } = buildPlan(asked, [table('lb1', own)]);
    expect(plan?.directors[0]?.services[0]).toMatchObject({
      steps: [
        [100, 0, 100],
        [50, 50, 100],
        [0, 100, 100],
      ],
    });
    expect(plan?.directors[0]?.services[0]).not.toHaveProperty('moving');
  });

  it('has no room for a server that was out and is in again', () => {
    const own = wrrService([
      realServer('10.0.0.1', 100),
      realServer('10.0.0.3', 100),
      realServer('10.0.0.4', 0),
    ]);
    const marked = (key: string, weight: number) => ({
      service: web,
      server: key as never,
      reason: 'health' as const,
      weight,
    });
    const divisor = (key: string, weight: number) =>
      buildPlan(request({ from: '10.0.0.1', to: '10.0.0.2', ramp }), [
        { ...table('lb1', own), remembered: [marked(key, weight)] },
      ]).plan?.directors[0]?.services[0]?.scale.divisor;
    expect(divisor('10.0.0.4:80', 75)).toBe(25);
    expect(divisor('10.0.0.3:80', 175)).toBe(100);
  });
});
