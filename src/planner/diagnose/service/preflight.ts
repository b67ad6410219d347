import type { Diagnostic } from '../../../domain/failure.ts';
import { maxWeight, totalWeight } from '../../../domain/ipvs/ipvs.ts';
import { shortList } from '../../../domain/printable.ts';
import type { DrainRequest } from '../../../domain/rollout/plan.ts';
import type { Selection } from '../../select-services.ts';
import type { Ramp } from '../../weights/ramp-weights.ts';
import { weightUse } from '../../weights/schedulers.ts';
import { assumedConnectionsPerStep } from '../../weights/weight-scale.ts';
import { examineScheduler } from './examine-scheduler.ts';

/** Finds what forbids draining this service, and what the operator should know before. */
export function examineService(
  request: Pick<DrainRequest, 'weight' | 'setScheduler' | 'restoreScheduler' | 'policy'>,
  selection: Selection,
): readonly Diagnostic[] {
  return [
    ...examineScheduler(request, selection.service),
    ...examineRestored(request, selection),
    ...examineWeights(request, selection),
    ...examineServers(selection),
  ];
}

/** Finds a scheduler that would refuse the clients of old servers that stay in the table. */
function examineRestored(
  request: Pick<DrainRequest, 'setScheduler' | 'restoreScheduler' | 'policy'>,
  { service }: Selection,
): readonly Diagnostic[] {
  const { key, scheduler } = service;
  if (!request.restoreScheduler || !request.policy.keep) return [];
  if (weightUse(service) !== 'refuses-at-zero') return [];
  return [
    {
      severity: 'error',
      kind: 'preflight',
      code: 'scheduler-refuses-at-zero',
      service: key,
      message: `with --keep the old servers stay at weight 0, and its scheduler ${scheduler} without a fallback flag, once --restore-scheduler has put it back, refuses their clients`,
      next: 'leave out --keep or --restore-scheduler',
    },
  ];
}

function examineWeights(
  request: Pick<DrainRequest, 'weight'>,
  { service, old, new: filled, bystanders }: Selection,
): readonly Diagnostic[] {
  const at = { severity: 'error', service: service.key } as const;
  const { weight } = request;
  if (totalWeight(old) === 0 && weight === undefined) {
    return [
      {
        ...at,
        code: 'old-at-weight-0',
        message: `${shortList(old.map((server) => server.key))} is at weight 0 already, so there is no weight to hand over`,
        next: 'say what the new servers should get with --weight N',
      },
    ];
  }
  if (weight !== undefined && weight < filled.length) {
    return [
      {
        ...at,
        code: 'weight-too-small',
        message: `--weight ${weight} cannot be split over ${filled.length} servers`,
        next: `give at least --weight ${filled.length}`,
      },
    ];
  }
  if (totalWeight(old) === 0 && weight !== undefined && weight < totalWeight(filled)) {
    return [
      {
        ...at,
        code: 'weight-falls',
        message: `--weight ${weight} is less than the ${totalWeight(filled)} the new servers hold already`,
        next: `give at least --weight ${totalWeight(filled)}`,
      },
    ];
  }
  const inherited = totalWeight(old) + totalWeight(filled);
  if (weight !== undefined && weight !== inherited && totalWeight(bystanders) > 0) {
    return [
      {
        severity: 'warning',
        code: 'bystander-share-changes',
        service: service.key,
        message: `--weight ${weight} is not the ${inherited} that old and new servers hold now, so the other servers' share changes ${totalWeight(old) > 0 ? 'when the old servers are removed' : 'during the ramp'}`,
      },
    ];
  }
  return [];
}

function examineServers({ service, old, new: filled }: Selection): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const warn = (code: string, message: string): void => {
    found.push({ severity: 'warning', code, service: service.key, message });
  };
  const model = old[0];
  if (filled.some((server) => server.added) && model && old.some((one) => differs(one, model))) {
    warn(
      'old-servers-differ',
      `the old servers differ in forwarding method or thresholds; the new ones take after ${model.key}`,
    );
  }
  const [room, roomBefore] = [connectionsOf(filled), connectionsOf(old)];
  if (filled.length > 0 && room < roomBefore) {
    warn(
      'threshold-capacity',
      `the new servers take ${room} connections at most (their thresholds, -x), and the old ones ${roomBefore === Number.POSITIVE_INFINITY ? 'any number' : `took ${roomBefore}`}: beyond that clients get no connection to them`,
    );
  }
  return found;
}

/** The most connections that servers take by their upper thresholds, of which 0 is none. */
const connectionsOf = (servers: Selection['old']): number =>
  servers.reduce(
    (sum, { upperThreshold }) =>
      sum + (upperThreshold === 0 ? Number.POSITIVE_INFINITY : upperThreshold),
    0,
  );

const differs = (a: Selection['old'][number], b: Selection['old'][number]): boolean =>
  a.forwarding !== b.forwarding ||
  a.upperThreshold !== b.upperThreshold ||
  a.lowerThreshold !== b.lowerThreshold;

/** Diagnostics about the chosen scale of one service's ramp alone. */
export function examineWeightScale(
  { service }: Pick<Selection, 'service'>,
  ramp: Pick<Ramp, 'chosen' | 'steps' | 'finalWeights'>,
): readonly Diagnostic[] {
  const { key } = service;
  const { scale, finerThanWanted } = ramp.chosen;
  const found: Diagnostic[] = [];
  const present = Math.max(...service.servers.map((server) => server.weight));
  const largest = Math.max(...ramp.finalWeights, ...ramp.steps.map((step) => Math.max(...step)));
  if (largest > Math.max(maxWeight, present)) {
    found.push({
      severity: 'error',
      code: 'weight-too-large',
      service: key,
      message: `a server would get weight ${largest}, and not every ipvsadm takes more than ${maxWeight}`,
      next: 'choose the final weight with --weight N',
    });
  }
  if (finerThanWanted) {
    found.push({
      severity: 'warning',
      code: 'weight-scale',
      service: key,
      message: `its weights add up to ${scale.totalWeight}, and a coarser scale would change a server's share; with about ${scale.connectionsPerStep ?? assumedConnectionsPerStep} connections a step, a step's share may be off by ${scale.errorConnections} connections`,
      next: 'use longer steps (--every), or weights with a common divisor',
    });
  }
  return found;
}

/** Diagnostics about the chosen scale of one service's ramp, and about how the old weight is split. */
export function examineScale(selection: Selection, ramp: Ramp): readonly Diagnostic[] {
  const { key } = selection.service;
  const found = [...examineWeightScale(selection, ramp)];
  const filled = ramp.finalWeights.slice(selection.old.length).slice(0, selection.new.length);
  if (filled.includes(0)) {
    found.push({
      severity: 'error',
      code: 'weight-cannot-be-split',
      service: key,
      message: `the old servers' weight ${totalWeight(selection.old)} cannot be split over ${selection.new.length} servers: one would end with weight 0`,
      next: 'choose the final weight with --weight N',
    });
  } else if (ramp.finalScale > 1) {
    found.push({
      severity: 'warning',
      code: 'final-scale',
      service: key,
      message: `the old servers' weight ${totalWeight(selection.old)} cannot be split over ${selection.new.length} servers, so all weights of the service end ${ramp.finalScale} times as large; no share changes`,
      next: 'choose the final weight with --weight N',
    });
  }
  return found;
}
