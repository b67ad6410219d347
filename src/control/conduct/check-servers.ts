import type { EventBody } from '../../domain/events/event.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { CheckSpec } from '../../domain/health/gate.ts';
import { findServer } from '../../domain/ipvs/ipvs.ts';
import {
  type DirectorAccess,
  isLocalPlace,
  isSimulatedPlace,
} from '../../domain/places/director-access.ts';
import { shortList } from '../../domain/printable.ts';
import { localTable } from '../../domain/rollout/local-table.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { DirectorPlan, Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import type { StopSwitch } from '../../rollout/ports.ts';
import type { Audience } from '../audience.ts';
import { awaitHealthy, type HealthWatch } from '../maintenance/await-healthy.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import { inRealTime } from './gates-for.ts';
import type { RolloutStart } from './request.ts';

/** A connection, once: where a plan has no check of its own. */
const connects: CheckSpec = {
  probe: { kind: 'tcp' },
  timeoutMs: 2_000,
  intervalMs: 500,
  rise: 1,
  fall: 1,
};

/** The rollout whose servers are about to get weight, and whoever waits for the answer. */
interface Checking {
  readonly plan: Plan;
  readonly opened: OpenFleet;
  readonly audience: Pick<Audience, 'waitingFor'>;
}

/**
 * Checks that the new servers of a hand-over take connections, before the first step and where the plan
 * has no check, which is asked before that step anyway.
 */
export async function checkNewServers(
  ports: Pick<ControlPorts, 'createGates'>,
  { plan, opened, audience }: Checking,
  { rollout, stop, emit }: RolloutStart,
): Promise<Result<void>> {
  if (plan.gates?.check || plan.policy.skipsConnect || maintenanceOf(plan)) return ok(undefined);
  const { reached, elsewhere } = reachOf(plan, opened.access, (service) =>
    plan.move ? fromZero(service) : service.newServers,
  );
  if (elsewhere.length > 0) emit(unchecked(elsewhere));
  const { from, to } = plan;
  return connectTo(ports, {
    ...{ plan, opened, audience, stop, emit },
    check: connects,
    directors: reached,
    about: { rollout, step: 0, of: plan.schedule.length - 1, movedFraction: 0, from, to },
    failed: (gate, { detail }) => ({
      kind: 'gate',
      what: `${gate} failed: ${detail}; nothing was changed`,
      next: 'start that server first, or give --no-check',
    }),
  });
}

/** The servers of a move that have no weight before and some after. */
const fromZero = ({ baseline, servers, newServers, finalWeights }: ServicePlan) =>
  newServers.filter(
    (server) =>
      (findServer(baseline, server)?.weight ?? 0) === 0 &&
      (finalWeights[servers.indexOf(server)] ?? 0) > 0,
  );

/** The servers that a rollback gives weight which they have no more: old ones, and those moved to 0. */
const returning = ({ baseline, servers, oldServers, newServers, finalWeights }: ServicePlan) => [
  ...oldServers,
  ...newServers.filter(
    (server) =>
      (findServer(baseline, server)?.weight ?? 0) > 0 &&
      (finalWeights[servers.indexOf(server)] ?? 0) === 0,
  ),
];

/**
 * Checks the old servers of a rollout that was done, before it is rolled back: they left the table, and
 * perhaps nothing runs there any more. Without a check in the plan a TCP connect has to do.
 */
export async function checkReturning(
  ports: Pick<ControlPorts, 'createGates'>,
  { plan, opened, audience, stop }: Checking & { readonly stop: StopSwitch },
): Promise<Result<void>> {
  const own = plan.gates?.check;
  const all = plan.directors.map((director) => ({
    ...director,
    services: director.services.map((one) => ({ ...one, newServers: returning(one) })),
  }));
  const { reached } = reachOf(plan, opened.access, returning);
  return connectTo(ports, {
    ...{ plan, opened, audience, stop, emit: () => {} },
    check: own ?? connects,
    directors: own ? all : reached,
    about: {
      rollout: '',
      step: 0,
      of: plan.schedule.length - 1,
      movedFraction: 1,
      from: plan.to,
      to: plan.from,
    },
    failed: (gate, { detail }) => ({
      kind: 'gate',
      what: `${gate} failed: ${detail}; nothing was changed`,
      next: 'start that server again first, or go back all the same with --force',
    }),
  });
}

interface Connecting extends Checking, Pick<HealthWatch, 'about' | 'failed' | 'emit' | 'stop'> {
  readonly check: CheckSpec;
  /** Directors with the servers to check as their new ones. */
  readonly directors: readonly DirectorPlan[];
}

async function connectTo(
  ports: Pick<ControlPorts, 'createGates'>,
  { plan, opened, audience, check, directors, about, failed, emit, stop }: Connecting,
): Promise<Result<void>> {
  const gates = { check, gates: [] };
  const created = await ports.createGates({ ...plan, schedule: [], gates, directors });
  if (!created.ok) return created;
  if (created.value.length === 0) return ok(undefined);
  const { clock, standStill } = opened;
  const checks = standStill
    ? created.value.map((gate) => inRealTime(gate, standStill))
    : created.value;
  const names = checks.map(({ gate }) => gate.name);
  const withinMs = (check.rise - 1) * check.intervalMs;
  return audience.waitingFor({ kind: 'health', checks: names }, () =>
    awaitHealthy({ checks, withinMs, about, clock, stop, emit, failed }),
  );
}

/**
 * The directors with those of the servers that a TCP connect from here says something of, as their new
 * ones, and the names of directors whose servers this machine may not reach: over ssh, or in another
 * namespace or container. Of simulated servers, UDP and servers without a port there is nothing to say.
 */
function reachOf(
  { directors }: Plan,
  access: readonly DirectorAccess[],
  serversOf: (service: ServicePlan) => ServicePlan['newServers'],
): { readonly reached: readonly DirectorPlan[]; readonly elsewhere: readonly string[] } {
  const connectable = directors.flatMap((director) => {
    const services = director.services.filter(isTcp).flatMap((service) => {
      const known = [...service.baseline.servers, ...service.added];
      const ports = new Map(known.map(({ key, port }) => [key, port]));
      const newServers = serversOf(service).filter((key) => ports.get(key) !== 0);
      return newServers.length > 0 ? [{ ...service, newServers }] : [];
    });
    return services.length > 0 ? [{ ...director, services }] : [];
  });
  const placeOf = ({ director }: DirectorPlan) => access.find((one) => one.director === director);
  const isHere = (director: DirectorPlan): boolean => {
    const place = placeOf(director);
    return place !== undefined && isLocalPlace(place.where) && isOwnTable(place.ipvsadm);
  };
  return {
    reached: connectable.filter(isHere),
    elsewhere: connectable
      .filter((one) => !isHere(one) && !isSimulatedPlace(placeOf(one)?.where ?? ''))
      .map(({ director }) => director),
  };
}

const isOwnTable = (ipvsadm: string): boolean => localTable(ipvsadm) === 'ipvsadm';

const isTcp = ({ baseline: { address } }: ServicePlan): boolean =>
  address.kind === 'address' && address.protocol === 'tcp';

const unchecked = (directors: readonly string[]): EventBody => ({
  type: 'warning',
  code: 'servers-not-checked',
  message: `no TCP connect to the new servers of ${shortList(directors)} was made, for that is another machine or namespace and they may not be reached from here; --check asks them all the same, and --no-check says that none is needed`,
});
