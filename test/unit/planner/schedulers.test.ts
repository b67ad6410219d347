import { describe, expect, it } from 'vitest';
import { noHostFacts } from '../../../src/domain/ipvs/host-facts.ts';
import type { ServiceSample, VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import type { RampRequest } from '../../../src/domain/rollout/plan.ts';
import { planSchema } from '../../../src/files/plan-schema.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { diagnoseTable } from '../../../src/planner/diagnose/diagnose.ts';
import { buildMaintenance } from '../../../src/planner/maintenance/build-maintenance.ts';
import { connectionsInARow } from '../../../src/planner/weights/connections-in-a-row.ts';
import { rescale } from '../../../src/planner/weights/rescale.ts';
import {
  defaultPolicy,
  type RequestSketch,
  request,
  server,
} from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const canary: Partial<RampRequest> = { percentages: [5, 25, 100] };

/** OLD alone with weight 100 and these connections. */
function table(how: Partial<VirtualService>, activeConn: number, inActConn = 0) {
  const old = realServer('10.0.0.1', 100);
  const service = wrrService([old, realServer('10.0.0.3', 0)], how);
  const counts = { weight: 100, activeConn, inActConn, persistConn: 0 };
  const servers: ServiceSample['servers'] = new Map([[old.key, counts]]);
  const sample = { service: service.key, scheduler: service.scheduler, servers };
  const snapshot = { ...snapshotOf([service]), samples: new Map([[service.key, sample]]) };
  return { director: 'local', snapshot };
}

function planned(
  how: Partial<VirtualService>,
  sketch: Partial<RequestSketch> = {},
  [active, inactive]: readonly [number, number] = [100, 0],
) {
  const asked = request({ from: '10.0.0.1', to: '10.0.0.2', ...sketch });
  const { plan, diagnostics } = buildPlan(asked, [table(how, active, inactive)]);
  const said = diagnostics.map(({ severity, code }) => `${severity} ${code}`);
  return { plan, own: plan?.directors[0]?.services[0], said, diagnostics };
}

const heeding: readonly Partial<VirtualService>[] = [
  { scheduler: 'wlc' },
  { scheduler: 'sed' },
  { scheduler: 'nq' },
  { scheduler: 'lblc' },
  { scheduler: 'lblcr' },
  { scheduler: 'sh', schedulerFlags: ['sh-fallback'] },
  { scheduler: 'mh', schedulerFlags: ['flag-1', 'mh-port'] },
  { scheduler: 'twos' },
  { scheduler: 'own' },
];
const unfit = ['rr', 'lc', 'dh', 'sh', 'mh', 'fo', 'ovf'].map((scheduler) => ({ scheduler }));

describe('--set-scheduler wrr', () => {
  it.each([...heeding, ...unfit])('is done on %j, whatever the steps', (how) => {
    for (const ramp of [{}, canary]) {
      const { plan, own, said } = planned(how, { ramp, setScheduler: 'wrr' });
      expect(own?.scheduler).toBe('wrr');
      expect(own?.restoresScheduler).toBe(undefined);
      expect(said).toEqual([]);
      const kept = planned(how, { ramp, setScheduler: 'wrr', restoreScheduler: true });
      expect(kept.own).toMatchObject({ scheduler: 'wrr', restoresScheduler: true });
      expect(planSchema.parse(structuredClone(kept.plan))).toEqual(kept.plan);
      expect(planSchema.parse(structuredClone(plan))).toEqual(plan);
    }
  });

  it('restores nothing where nothing was switched', () => {
    const { own } = planned({}, { setScheduler: 'wrr', restoreScheduler: true });
    expect(own).toMatchObject({ scheduler: 'wrr' });
    expect(own?.restoresScheduler).toBe(undefined);
  });

  it.each(['sh', 'mh', 'dh'])('is not taken back to %s beside old servers that stay', (name) => {
    const sketch = { setScheduler: 'wrr', restoreScheduler: true, policy: { keep: true } } as const;
    const { said, diagnostics } = planned({ scheduler: name }, sketch);
    expect(said).toEqual(['error scheduler-refuses-at-zero']);
    expect(diagnostics[0]?.next).toBe('leave out --keep or --restore-scheduler');
    const flags = { scheduler: name, schedulerFlags: [`${name}-fallback`] };
    if (name !== 'dh') expect(planned(flags, sketch).said).toEqual([]);
  });
});

describe('a scheduler that counts connections', () => {
  it('gives a new server at 5 % beside 100 streams 1,348 short ones in a row, or 6 that stay', () => {
    const old = { weight: 95, activeConn: 100, inActConn: 0, isNew: false };
    const fresh = { weight: 5, activeConn: 0, inActConn: 0, isNew: true };
    expect(connectionsInARow('wlc', [fresh, old])).toEqual({
      ending: 1_348,
      staying: 6,
      isEven: false,
    });
    // 101 / 95 of expected delay for each unit of weight: 5.3, of which the first is there already.
    expect(connectionsInARow('sed', [fresh, old])).toEqual({
      ending: undefined,
      staying: 5,
      isEven: false,
    });
    expect(connectionsInARow('nq', [fresh, { ...old, activeConn: 1 }])).toEqual({
      ending: undefined,
      staying: 1,
      isEven: false,
    });
    expect(connectionsInARow('wlc', [fresh, { ...old, activeConn: 0 }])).toEqual({
      ending: 1,
      staying: 1,
      isEven: true,
    });
  });

  it.each(['wlc', 'sed', 'nq'] as const)(
    'gives none in a row where there is nobody: %s',
    (name) => {
      const fresh = { weight: 5, activeConn: 0, inActConn: 0, isNew: true };
      const none = { ending: 0, staying: 0, isEven: true };
      expect(connectionsInARow(name, [])).toEqual(none);
      expect(connectionsInARow(name, [fresh])).toEqual(none);
      expect(connectionsInARow(name, [fresh, { ...fresh, weight: 0, isNew: false }])).toEqual(none);
      expect(connectionsInARow(name, [{ ...fresh, isNew: false }])).toEqual(none);
    },
  );

  it.each([
    ['wlc', 'up to 1348 new ones in a row go to them, 6 of those that stay open'],
    ['sed', 'all new ones go to them in a row, until 5 stay open at once'],
    ['nq', 'all new ones go to them in a row, until 5 stay open at once'],
  ])('is refused for a canary: %s', (scheduler, many) => {
    const { diagnostics } = planned({ scheduler }, { ramp: canary });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([
      {
        severity: 'error',
        kind: 'preflight',
        code: 'scheduler-counts-connections',
        service: 'tcp/10.0.0.100:80',
        message: `its scheduler ${scheduler} counts connections, and the servers that gain weight have too few for it: from the step of 5 % on ${many}`,
        next: 'let the plan switch it while it lasts, with --set-scheduler wrr --restore-scheduler, or move all as a ramp, with --over instead of --steps',
      },
    ]);
  });

  it('is said before a ramp, with the number', () => {
    const { plan, said, diagnostics } = planned({ scheduler: 'wlc' });
    expect(plan).toBeDefined();
    expect(said).toEqual([
      'warning scheduler-approximates-weights',
      'warning scheduler-counts-connections',
    ]);
    expect(diagnostics[1]?.message).toMatch(
      /from the step of 8\.3 % on up to 23\d\d new ones in a row/,
    );
    expect(diagnostics[1]?.next).toContain('--set-scheduler wrr');
  });

  it('may have a canary where nobody is connected, and steps that begin with half', () => {
    const wlc = { scheduler: 'wlc' };
    expect(planned(wlc, { ramp: canary }, [0, 0]).said).toEqual([
      'warning scheduler-approximates-weights',
    ]);
    const [half, sixty] = [{ percentages: [50, 100] }, planned(wlc, { ramp: canary }, [0, 60])];
    expect(planned(wlc, { ramp: half }).plan).toBeDefined();
    expect(sixty.said).toContain('error scheduler-counts-connections');
  });

  it('is said of a server that comes back in beside connections of others', () => {
    const { plan, diagnostics } = buildMaintenance(
      {
        direction: 'in',
        servers: [server('10.0.0.3')],
        ramp: { overMs: 20_000, everyMs: 1_000, curve: 'linear' },
        policy: defaultPolicy,
        force: false,
        weight: 100,
      },
      [{ ...table({ scheduler: 'wlc' }, 100), remembered: [] }],
    );
    expect(plan).toBeDefined();
    const said = diagnostics.find(({ code }) => code === 'scheduler-counts-connections');
    expect(said?.message).toMatch(/from the step of 5 % on up to \d+ new ones in a row/);
    expect(said).not.toHaveProperty('next');
  });
});

describe('a scheduler that cannot drain, or not exactly', () => {
  const [first, leave] = [
    'let the plan switch it with --set-scheduler wrr (and back with --restore-scheduler)',
    'or leave the service out with --service',
  ];

  it.each([
    ['dh', `${first}, ${leave}`],
    ['sh', `set the flag (ipvsadm -E … -s sh -b sh-fallback), or ${first}, ${leave}`],
    ['rr', `${first}, ${leave}`],
  ])('is refused with what would help: %s', (scheduler, next) => {
    expect(planned({ scheduler }).diagnostics.map((one) => one.next)).toEqual([next]);
  });

  it.each([
    ['twos', ''],
    ['lblc', ' (all connections for one address stay on one server until that has weight 0)'],
  ])('is said: %s%s', (scheduler, why) => {
    expect(planned({ scheduler }).diagnostics.map(({ message }) => message)).toEqual([
      `its scheduler ${scheduler} does not follow weights exactly${why}, so the shares will be off the plan`,
    ]);
  });
});

describe('a scheduler that chooses by address', () => {
  it.each(['lblc', 'lblcr'])('%s has no canary, however idle it is', (scheduler) => {
    const { said } = planned({ scheduler }, { ramp: canary }, [0, 0]);
    expect(said).toContain('error scheduler-keeps-destinations');
    expect(planned({ scheduler }).said).toEqual(['warning scheduler-approximates-weights']);
  });

  it.each(['sh', 'mh'])('%s with a fallback says that whole clients move', (scheduler) => {
    const how = { scheduler, schedulerFlags: [`${scheduler}-fallback`] };
    const { plan, diagnostics } = planned(how, { ramp: canary });
    expect(plan).toBeDefined();
    expect(diagnostics.map(({ message }) => message)).toEqual([
      `its scheduler ${scheduler} does not follow weights exactly (all connections of one client go to one server), so the shares will be off the plan`,
    ]);
  });
});

describe('a scheduler that counts places', () => {
  const sh = { scheduler: 'sh', schedulerFlags: ['sh-fallback'] };

  function plannedBeside(
    [old, beside]: readonly [number, number],
    scheduler: Partial<VirtualService> = sh,
    sketch: Partial<RequestSketch> = {},
  ) {
    const service = wrrService(
      [realServer('10.0.0.1', old), realServer('10.0.0.3', beside)],
      scheduler,
    );
    const asked = request({ from: '10.0.0.1', to: '10.0.0.2', ...sketch });
    const { plan, diagnostics } = buildPlan(asked, [
      { director: 'local', snapshot: snapshotOf([service]) },
    ]);
    return { own: plan?.directors[0]?.services[0], diagnostics };
  }

  const codes = (diagnostics: readonly { readonly code: string }[]) =>
    diagnostics.map(({ code }) => code);

  it('gets the finest weights that find room in its 256 places', () => {
    const { own, diagnostics } = plannedBeside([60, 40]);
    expect(own?.steps[0]).toEqual([153, 0, 102]);
    expect(own?.steps.at(-1)).toEqual([0, 153, 102]);
    expect(own?.finalWeights).toEqual([0, 60, 40]);
    // One place of 256 is left over, of 100 connections a step.
    expect(own?.scale.errorConnections).toBeLessThan(1);
    expect(codes(diagnostics)).toEqual(['scheduler-approximates-weights']);
  });

  it('keeps a ramp within its places where the table is not, and says that', () => {
    const { own, diagnostics } = plannedBeside([200, 100]);
    expect(own?.steps[0]).toEqual([170, 0, 85]);
    expect(diagnostics.slice(1)).toEqual([
      {
        severity: 'warning',
        code: 'scheduler-out-of-places',
        service: 'tcp/10.0.0.100:80',
        message:
          'its scheduler sh shares 256 places out, one for each unit of weight, and the weights add up to 300: servers beyond the first 256 get fewer clients than their share, or none',
        next: 'divide all weights of the service alike, so that they add up to 256 at most, or let the plan switch it with --set-scheduler wrr (and back with --restore-scheduler)',
      },
    ]);
    const primes = plannedBeside([1_009, 1_013]);
    expect(primes.own?.steps[0]).toEqual([1_009, 0, 1_013]);
    expect(codes(primes.diagnostics)).toContain('scheduler-out-of-places');
  });

  it('is no matter for others, nor after a switch', () => {
    expect(codes(plannedBeside([1_009, 1_013], { scheduler: 'wrr' }).diagnostics)).not.toContain(
      'scheduler-out-of-places',
    );
    const switched = plannedBeside([1_009, 1_013], sh, { setScheduler: 'wrr' });
    expect(codes(switched.diagnostics)).not.toContain('scheduler-out-of-places');
  });

  it('keeps its scale whatever the traffic, and is told by the doctor', () => {
    const { own } = plannedBeside([60, 40]);
    const fractions = own?.steps.map((_, step) => step / ((own?.steps.length ?? 2) - 1)) ?? [];
    const measured = { connectionsPerStep: 3, uncertainty: 0 };
    expect(own && rescale(own, fractions, 2, measured)).toBe(undefined);
    const service = wrrService([realServer('10.0.0.1', 200), realServer('10.0.0.3', 100)], sh);
    const { findings } = diagnoseTable(
      { ramp: request({ from: '10.0.0.1', to: '10.0.0.2' }).ramp, policy: defaultPolicy },
      { director: 'local', facts: noHostFacts, snapshot: snapshotOf([service]) },
    );
    expect(codes(findings)).toContain('scheduler-out-of-places');
  });
});
