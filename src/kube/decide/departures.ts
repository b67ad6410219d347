import type { ServerKey } from '../../domain/address.ts';
import type { HeldWhy } from '../../domain/events/kube-event.ts';
import type { RealServer } from '../../domain/ipvs/ipvs.ts';
import type { RoomAboveFloor } from '../../guard/decide/room-above-floor.ts';
import type { Cause, OwnServer } from './intent.ts';
import type { KubeTerms } from './kube-view.ts';

/**
 * Causes that tell of the data path itself: traffic that still goes there fails, so that to wait for a
 * batch would protect nobody.
 */
const dataPath: ReadonlySet<Cause> = new Set(['no-endpoint', 'pod-terminating', 'unhealthy']);

export interface Departing {
  readonly servers: readonly OwnServer[];
  /** Own servers that nothing is decided about: they are in, and stay. */
  readonly settled: { readonly count: number; readonly weight: number };
  /** Servers of others in the same service. */
  readonly others: readonly RealServer[];
  readonly terms: Pick<KubeTerms, 'keep' | 'leave'>;
  /** The room above the floor of the service; absent: it is not in the table. */
  readonly room?: RoomAboveFloor | undefined;
  readonly reusesAddresses: boolean;
  /** The weight that a server has when it is wholly in. */
  readonly baseOf: (server: OwnServer) => number;
  /** The part of its weight that a server has now. */
  readonly fractionOf: (server: OwnServer) => number;
  /** Whether a server that leaves has had all the time for it: nobody waits for it any more. */
  readonly isOverdue: (server: OwnServer) => boolean;
}

/**
 * The servers that want to leave and may not yet, and why. At least `keep.servers` keep weight, whoever
 * asks, unless the whole service goes; addresses of pods meet strangers, so that of those even the last
 * one goes. Nor does anybody leave a service that is at its floor, with everybody counted who is out of it
 * for whatever reason; not even for its health, as a guard has it. And only a part of the weight leaves at once for reasons that the control plane has seen and
 * nobody has asked for: whoever is next waits until those before are empty.
 */
export function heldDepartures(departing: Departing): ReadonlyMap<ServerKey, HeldWhy> {
  const { servers, others, terms, baseOf, fractionOf, isOverdue } = departing;
  const held = new Map<ServerKey, HeldWhy>();
  const wantsOut = servers.filter(({ intent }) => intent.kind === 'leave');
  const leavesAnew = wantsOut.filter(({ claimed }) => claimed && claimed.state !== 'leaving');
  const hasWeight = (one: OwnServer): boolean => !one.isExcused && fractionOf(one) > 0;
  let serving =
    departing.settled.count +
    others.filter(({ weight }) => weight > 0).length +
    servers.filter(
      (one) =>
        hasWeight(one) &&
        (one.intent.kind === 'serve' || one.intent.kind === 'stay' || leavesAnew.includes(one)),
    ).length;
  const total =
    departing.settled.weight +
    servers.reduce((sum, one) => sum + (one.claimed ? baseOf(one) : 0), 0);
  const out = new Set(
    wantsOut.filter(({ claimed }) => claimed?.state === 'leaving').map(({ key }) => key),
  );
  let leavingWeight = wantsOut
    .filter((one) => isBatched(one) && one.claimed?.state === 'leaving' && !isOverdue(one))
    .reduce((sum, one) => sum + baseOf(one), 0);
  const inOrder = leavesAnew.toSorted((a, b) => rank(a) - rank(b));
  for (const one of inOrder) {
    const { intent, key } = one;
    if (intent.kind !== 'leave') continue;
    if (intent.cause === 'service-deleted') continue;
    const isServing = hasWeight(one);
    // Somebody else's to bring in, but what it has of its weight goes with it.
    if (!isServing && !one.live?.weight) continue;
    const lastMayGo = departing.reusesAddresses && intent.basis === 'observed';
    if (isServing && !lastMayGo && serving - 1 < terms.keep.servers) {
      held.set(key, 'keep');
      continue;
    }
    if (!lastMayGo && departing.room?.hasRoomWithout(new Set([...out, key])) === false) {
      held.set(key, 'floor');
      continue;
    }
    out.add(key);
    if (!isServing) continue;
    if (isBatched(one)) {
      const after = leavingWeight + baseOf(one);
      if (leavingWeight > 0 && after * 100 > total * terms.leave.atOncePercent) {
        held.set(key, 'batch');
        out.delete(key);
        continue;
      }
      leavingWeight = after;
    }
    serving--;
  }
  return held;
}

/** Causes that the control plane has seen and nobody has asked for. */
const controlPlane: ReadonlySet<Cause> = new Set(['node-deleted', 'node-replaced']);

/** A server that leaves already may by now have another reason, or none, than the one it began with. */
function isBatched({ intent, claimed }: OwnServer): boolean {
  if (intent.kind !== 'leave') return false;
  const cause = claimed?.state === 'leaving' ? (claimed.cause ?? intent.cause) : intent.cause;
  return !dataPath.has(cause) && (intent.basis === 'observed' || controlPlane.has(cause));
}

/** What was asked for comes first, then what serves nobody any more. */
function rank({ intent }: OwnServer): number {
  if (intent.kind !== 'leave') return 3;
  if (intent.basis === 'asked') return 0;
  return dataPath.has(intent.cause) ? 1 : 2;
}
