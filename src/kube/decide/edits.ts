import { parseServiceKey, type ServerKey, splitServerKey } from '../../domain/address.ts';
import type { Change, RealServer, VirtualService } from '../../domain/ipvs/ipvs.ts';
import { orderChanges } from '../../rollout/edit/order-changes.ts';
import { type Decided, type DecideOptions, deadlineMs } from './decided.ts';
import type { ServiceView } from './intent.ts';

/** What is made of the table, and of which servers nothing is left. */
export interface Edited {
  readonly changes: readonly Change[];
  /** Servers whose claim ends: they leave the table, or have left it. */
  readonly gone: ReadonlySet<ServerKey>;
  readonly emptied: ReadonlySet<ServerKey>;
  /** Servers that had all their time and still have connections. */
  readonly overdue: ReadonlySet<ServerKey>;
  /** Servers at weight 0 whose emptiness is waited for. */
  readonly watched: readonly ServerKey[];
  readonly addsService: boolean;
  readonly removesService: boolean;
  /** The table has no such virtual service. */
  readonly isServiceGone: boolean;
}

interface EditFacts {
  readonly view: ServiceView;
  readonly decided: readonly Decided[];
  readonly weights: ReadonlyMap<ServerKey, number>;
  readonly options: DecideOptions;
}

/** The edits that make the table what was decided, in the order in which they are safe. */
export function editsOf({ view, decided, weights, options }: EditFacts): Edited {
  const { claim, wanted, live, nowMs } = view;
  const { service } = claim;
  const changes: Change[] = [];
  const [gone, emptied, overdue] = [
    new Set<ServerKey>(),
    new Set<ServerKey>(),
    new Set<ServerKey>(),
  ];
  const watched: ServerKey[] = [];
  for (const one of decided) {
    const { key, next } = one;
    if (!next) continue;
    const weight = weights.get(key) ?? 0;
    const isLeaving = next.state === 'leaving';
    if (!one.live) {
      if (isLeaving) gone.add(key);
      else if (wanted) {
        // Whoever has it out brings it in, for which it has to be there.
        const server = newRow(view, key, one.isExcused ? 0 : weight);
        changes.push({ kind: 'add-server', service, server });
      }
      continue;
    }
    const isOut = isLeaving && one.fraction === 0;
    if (one.live.weight !== weight && (!one.isExcused || (isOut && one.live.weight > 0)))
      changes.push({ kind: 'set-weight', service, server: { ...one.live, weight } });
    if (!isOut || one.live.weight > 0) continue;
    // Bad health is no reason to remove a row: what is open there may still work (KEP-1669).
    if (next.cause === 'unhealthy') continue;
    const verdict = options.verdicts.get(key);
    const isDue = nowMs >= deadlineMs(view, next);
    const isDead = next.cause === 'node-deleted' && view.health.get(`${service} ${key}`) === 'down';
    if (verdict?.kind === 'empty') emptied.add(key);
    else if (isDue && !(isDead || view.terms.leave.onTimeout === 'remove')) overdue.add(key);
    if (verdict?.kind === 'empty' || (isDue && !overdue.has(key))) {
      changes.push({ kind: 'remove-server', service, server: one.live });
      gone.add(key);
    }
    // Until it is gone: the verdict is asked for once more under the lock.
    watched.push(key);
  }
  const adds = changes.some(({ kind }) => kind === 'add-server');
  const addsService = adds && !live && wanted !== undefined;
  if (addsService) changes.push({ kind: 'add-service', service: newService(view) });
  const isOver = !wanted || wanted.phase === 'ending';
  const isEmpty = live?.servers.every(({ key }) => gone.has(key)) ?? false;
  const removesService = isOver && claim.addedService && isEmpty;
  if (removesService && live) changes.push({ kind: 'remove-service', service: live });
  return {
    changes: orderChanges(changes, { services: live ? [live] : [] }),
    ...{ gone, emptied, overdue, watched, addsService, removesService },
    isServiceGone: live === undefined,
  };
}

function newRow({ wanted, live }: ServiceView, key: ServerKey, weight: number): RealServer {
  const { address, port } = splitServerKey(key);
  const forwarding = wanted?.forwarding ?? live?.servers[0]?.forwarding ?? 'masq';
  return { key, address, port, forwarding, weight, upperThreshold: 0, lowerThreshold: 0 };
}

/** `wrr`: the only scheduler whose shares are exactly the weights. */
function newService({ claim, wanted }: ServiceView): VirtualService {
  const address = parseServiceKey(claim.service);
  if (!address) throw new Error(`no service key: ${claim.service}`);
  return {
    key: claim.service,
    address,
    scheduler: 'wrr',
    schedulerFlags: [],
    onePacket: false,
    servers: [],
    ...(wanted?.persistence ? { persistence: wanted.persistence } : {}),
  };
}
