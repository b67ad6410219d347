import type { ServiceKey } from '../../domain/address.ts';
import { assertNever } from '../../domain/assert-never.ts';
import {
  type Change,
  findServer,
  findService,
  isServiceChange,
  type Snapshot,
  serviceOf,
} from '../../domain/ipvs/ipvs.ts';

type Table = Pick<Snapshot, 'services'>;

/**
 * The changes in an order in which the weight of a service never dips needlessly: the scheduler
 * first, then what adds weight, then what takes weight away. Lines of `ipvsadm -R` take effect one
 * by one, so while a service has weight before and after, it has some between any two lines.
 *
 * From A 10, B 0 to A 0, B 10: `[A 0, B 10]` becomes `[B 10, A 0]`.
 *
 * The services keep the order in which they first appear. A service whose changes name one server
 * twice keeps its changes as they are: which of them comes last is then what they mean.
 */
export function orderChanges(changes: readonly Change[], before: Table): readonly Change[] {
  const byService = new Map<ServiceKey, Change[]>();
  for (const change of changes) {
    const key = serviceOf(change);
    const group = byService.get(key);
    if (group) group.push(change);
    else byService.set(key, [change]);
  }
  return [...byService.values()].flatMap((group) =>
    namesServerTwice(group) ? group : sorted(group, before),
  );
}

function namesServerTwice(changes: readonly Change[]): boolean {
  const servers = changes.flatMap((change) => (isServiceChange(change) ? [] : [change.server.key]));
  return new Set(servers).size < servers.length;
}

/** Sorts the changes by rank; equal ranks keep their order. */
function sorted(changes: readonly Change[], before: Table): readonly Change[] {
  return changes
    .map((change) => ({ change, rank: rankOf(change, before) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ change }) => change);
}

function rankOf(change: Change, before: Table): number {
  switch (change.kind) {
    case 'set-scheduler':
      // wrr honours weights whatever they are; any other scheduler comes when they are in place.
      return change.service.scheduler === 'wrr' ? 0 : 5;
    case 'add-service':
      return -1;
    case 'remove-service':
      return 6;
    case 'add-server':
      return 1;
    case 'set-weight':
      return change.server.weight >= weightBefore(change, before) ? 2 : 3;
    case 'remove-server':
      return 4;
    default:
      return assertNever(change);
  }
}

function weightBefore(change: Change & { kind: 'set-weight' }, before: Table): number {
  const service = findService(before, change.service);
  return (service && findServer(service, change.server.key)?.weight) ?? 0;
}
