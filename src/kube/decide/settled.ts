import type { ServerKey } from '../../domain/address.ts';
import { findServer } from '../../domain/ipvs/ipvs.ts';
import type { ClaimedServer } from '../../domain/rollout/cluster-claim.ts';
import type { WantedServer } from '../wanted/wanted.ts';
import type { ServiceView } from './intent.ts';
import { verdictKey } from './kube-view.ts';
import { baseWeight } from './weights/own-weights.ts';

/** Servers of which nothing is to be decided: in, wanted, and with their weight in the table. */
export interface Settled {
  readonly count: number;
  readonly weight: number;
  /** The service without them: all that takes time is about these. */
  readonly rest: ServiceView;
}

/**
 * Sets apart the servers that are as they should be: of 1,000 nodes most. Beside servers of others every
 * weight depends on all, so that nobody is set apart there.
 */
export function settledIn(view: ServiceView): Settled {
  const { wanted, claim, live, isBelieved } = view;
  const none = { count: 0, weight: 0, rest: view };
  if (!live || !isBelieved || wanted?.phase !== 'serving' || claim.servers.length === 0)
    return none;
  const askedOf = createFinder(wanted.servers, { indexes: true });
  const rowOf = createFinder(live.servers, { indexes: false });
  const isSettled = settledBy(view);
  const knownOf = createFinder(view.memory.known.list, { indexes: true });
  const restClaimed: ClaimedServer[] = [];
  const restAsked: WantedServer[] = [];
  let weight = 0;
  let rows = 0;
  claim.servers.forEach((claimed, at) => {
    const one = askedOf(claimed.server, at);
    const row = rowOf(claimed.server, at) ?? findServer(live, claimed.server);
    if (row) rows++;
    const known = one && knownOf(claimed.server, at);
    if (one && row?.weight === claimed.weight && isSettled(claimed, one, known?.weight)) {
      weight += claimed.weight;
      return;
    }
    restClaimed.push(claimed);
    if (one) restAsked.push(one);
  });
  const count = claim.servers.length - restClaimed.length;
  const hasOthers = rows < live.servers.length;
  if (count === 0 || hasOthers || claim.pot !== undefined) return none;
  const areAllClaimed = count + restAsked.length === wanted.servers.length;
  const restWanted = areAllClaimed
    ? restAsked
    : without(wanted.servers, claim.servers, restClaimed);
  return {
    count,
    weight,
    rest: {
      ...view,
      wanted: { ...wanted, servers: restWanted },
      claim: { ...claim, servers: restClaimed },
    },
  };
}

/** Tells whether a server is settled; what is empty for a whole service is not asked for each of them. */
function settledBy({ unit, memory, excused, health, claim }: ServiceView) {
  const { later } = memory.known;
  const unsettled = [memory.excused, memory.held, memory.leftMs, excused].filter(
    ({ size }) => size > 0,
  );
  return (claimed: ClaimedServer, wanted: WantedServer, listed: number | undefined): boolean => {
    const { server, weight } = claimed;
    const known = later.size > 0 && later.has(server) ? later.get(server) : listed;
    return (
      claimed.state === 'in' &&
      wanted.presence.kind === 'serves' &&
      claimed.uid === wanted.uid &&
      claimed.node === wanted.node &&
      claimed.leftMs === undefined &&
      weight === baseWeight(wanted.capacity, unit) &&
      known === weight &&
      (unsettled.length === 0 || !unsettled.some((some) => some.has(server))) &&
      (health.size === 0 || health.get(verdictKey(claim.service, server)) !== 'down')
    );
  };
}

function without(
  asked: readonly WantedServer[],
  claimed: readonly ClaimedServer[],
  restClaimed: readonly ClaimedServer[],
): readonly WantedServer[] {
  const rest = new Set(restClaimed.map(({ server }) => server));
  const settled = new Set(claimed.flatMap(({ server }) => (rest.has(server) ? [] : [server])));
  return asked.filter(({ key }) => !settled.has(key));
}

/** Finds by the place where the claim has it: lists are in one order, until somebody comes or goes. */
function createFinder<One extends { readonly key: ServerKey }>(
  all: readonly One[],
  /** Whether what is not in its place is looked for everywhere. */
  { indexes }: { readonly indexes: boolean },
) {
  let shift = 0;
  let index: ReadonlyMap<ServerKey, One> | undefined;
  return (key: ServerKey, at: number): One | undefined => {
    const near = all[at + shift];
    if (near?.key === key) return near;
    const next = all[at + shift + 1];
    if (next?.key === key) {
      shift++;
      return next;
    }
    if (all[at + shift - 1]?.key === key) {
      shift--;
      return all[at + shift];
    }
    if (!indexes) return undefined;
    index ??= new Map(all.map((one) => [one.key, one]));
    return index.get(key);
  };
}
