import type { ServerKey } from '../../domain/address.ts';
import { findServer } from '../../domain/ipvs/ipvs.ts';
import type { ClaimedServer } from '../../domain/rollout/cluster-claim.ts';
import type { WantedServer } from '../wanted/wanted.ts';
import type { ServiceView } from './intent.ts';
import { verdictKey } from './kube-view.ts';
import { baseWeight } from './weights/own-weights.ts';

/** Servers of which nothing is to be decided: in, wanted, and with their weight in the table. */
export interface Settled {
  readonly servers: readonly ClaimedServer[];
  readonly weight: number;
  /** The service without them: all that takes time is about these. */
  readonly rest: ServiceView;
}

const nobody: readonly never[] = [];

/**
 * Sets apart the servers that are as they should be: of 1,000 nodes most. Beside servers of others every
 * weight depends on all, so that nobody is set apart there.
 */
export function settledIn(view: ServiceView): Settled {
  const { wanted, claim, live, isBelieved, memory } = view;
  const none = { servers: nobody, weight: 0, rest: view };
  if (!live || !isBelieved || wanted?.phase !== 'serving' || claim.servers.length === 0)
    return none;
  const askedOf = createFinder(wanted.servers, { indexes: true });
  const rowOf = createFinder(live.servers, { indexes: false });
  const servers: ClaimedServer[] = [];
  const restClaimed: ClaimedServer[] = [];
  const restAsked: WantedServer[] = [];
  let weight = 0;
  let rows = 0;
  claim.servers.forEach((claimed, at) => {
    const one = askedOf(claimed.server, at);
    const row = rowOf(claimed.server, at) ?? findServer(live, claimed.server);
    if (row) rows++;
    if (one && row && row.weight === claimed.weight && isSettled(view, claimed, one)) {
      servers.push(claimed);
      weight += claimed.weight;
      return;
    }
    restClaimed.push(claimed);
    if (one) restAsked.push(one);
  });
  const hasOthers = rows < live.servers.length;
  if (servers.length === 0 || hasOthers || claim.pot !== undefined) return none;
  const areAllClaimed = servers.length + restAsked.length === wanted.servers.length;
  const restWanted = areAllClaimed ? restAsked : without(wanted.servers, servers);
  return {
    servers,
    weight,
    rest: {
      ...view,
      memory,
      wanted: { ...wanted, servers: restWanted },
      claim: { ...claim, servers: restClaimed },
    },
  };
}

function isSettled(
  { unit, memory, excused, health, claim }: ServiceView,
  claimed: ClaimedServer,
  wanted: WantedServer,
): boolean {
  const { server, state, uid, weight } = claimed;
  return (
    state === 'in' &&
    wanted.presence.kind === 'serves' &&
    uid === wanted.uid &&
    claimed.node === wanted.node &&
    weight === baseWeight(wanted.capacity, unit) &&
    memory.known.get(server) === weight &&
    !memory.excused.has(server) &&
    !memory.held.has(server) &&
    !memory.leftMs.has(server) &&
    claimed.leftMs === undefined &&
    !excused.has(server) &&
    (health.size === 0 || health.get(verdictKey(claim.service, server)) !== 'down')
  );
}

const without = (
  all: readonly WantedServer[],
  settled: readonly ClaimedServer[],
): readonly WantedServer[] => {
  const keys = new Set(settled.map(({ server }) => server));
  return all.filter(({ key }) => !keys.has(key));
};

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
