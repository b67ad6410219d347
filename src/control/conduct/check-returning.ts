import { ok, type Result } from '../../domain/failure.ts';
import type { CheckSpec } from '../../domain/health/gate.ts';
import { isSimulatedPlace } from '../../domain/places/director-access.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import type { StopSwitch } from '../../rollout/ports.ts';
import type { Audience } from '../audience.ts';
import { awaitHealthy, type HealthWatch } from '../maintenance/await-healthy.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import { inRealTime } from './gates-for.ts';

/** Where a plan has no check of its own: a connection, once. */
const connects: CheckSpec = {
  probe: { kind: 'tcp' },
  timeoutMs: 2_000,
  intervalMs: 500,
  rise: 1,
  fall: 1,
};

/**
 * Checks the old servers of a rollout that was done, before it is rolled back: they left the table, and
 * perhaps nothing runs there any more. Without a check in the plan a TCP connect has to do, which
 * says nothing of UDP services and of simulated servers.
 */
export async function checkReturning(
  ports: Pick<ControlPorts, 'createGates'>,
  returning: { readonly plan: Plan; readonly opened: OpenFleet; readonly stop: StopSwitch },
  audience: Pick<Audience, 'waitingFor'>,
): Promise<Result<void>> {
  const { plan, opened, stop } = returning;
  const check = plan.gates?.check ?? connects;
  const isOwn = plan.gates?.check !== undefined;
  if (!isOwn && opened.access.some(({ where }) => isSimulatedPlace(where))) return ok(undefined);
  const created = await ports.createGates({
    ...plan,
    schedule: [],
    gates: { check, gates: [] },
    directors: plan.directors.map((director) => ({
      ...director,
      services: director.services.filter((one) => isOwn || isTcp(one)).map(withOldAsNew),
    })),
  });
  if (!created.ok) return created;
  const { standStill } = opened;
  const checks = standStill
    ? created.value.map((gate) => inRealTime(gate, standStill))
    : created.value;
  const names = checks.map(({ gate }) => gate.name);
  return audience.waitingFor({ kind: 'health', checks: names }, () =>
    awaitHealthy({
      checks,
      withinMs: (check.rise - 1) * check.intervalMs,
      about: {
        rollout: '',
        step: 0,
        of: plan.schedule.length - 1,
        movedFraction: 1,
        from: plan.to,
        to: plan.from,
      },
      clock: opened.clock,
      stop,
      emit: () => {},
      failed: notServing,
    }),
  );
}

const notServing: HealthWatch['failed'] = (gate, { detail }) => ({
  kind: 'gate',
  what: `${gate} failed: ${detail}; nothing was changed`,
  next: 'start that server again first, or go back all the same with --force',
});

const isTcp = ({ baseline: { address } }: ServicePlan): boolean =>
  address.kind === 'address' && address.protocol === 'tcp';

const withOldAsNew = (service: ServicePlan): ServicePlan => ({
  ...service,
  newServers: service.oldServers,
});
