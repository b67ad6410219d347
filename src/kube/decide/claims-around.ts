import type { ServerKey } from '../../domain/address.ts';
import type { ClaimedServer, ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { Decided } from './decided.ts';
import type { Edited } from './edits.ts';
import type { ServiceView } from './intent.ts';
import type { LifeState, ServiceDecision } from './kube-view.ts';

interface ClaimFacts {
  readonly decided: readonly Decided[];
  readonly edited: Edited;
  readonly pot: number | undefined;
  readonly isNew: boolean;
}

/** The claims around the edits: what becomes own is claimed before, and what goes is let go after. */
export function claimsAround(
  /** As it is kept, with everybody. */
  kept: ClusterClaim,
  { wanted }: ServiceView,
  { decided, edited, pot, isNew }: ClaimFacts,
): Pick<ServiceDecision, 'claimBefore' | 'claimAfter'> {
  const next = inOrder(kept, decided);
  const addedService = kept.addedService || edited.addsService;
  const before: ClusterClaim = {
    ...kept,
    ...(wanted ? { of: wanted.of, uid: wanted.uid } : {}),
    addedService,
    ...(pot === undefined ? {} : { pot }),
    servers: next,
  };
  const { gone } = edited;
  const rest = gone.size === 0 ? next : next.filter(({ server }) => !gone.has(server));
  const isOver =
    rest.length === 0 && (edited.removesService || !addedService || edited.isServiceGone);
  const isKept = !isNew && same(before, kept);
  if (isNew && next.length === 0) return {};
  // An own service without servers stays claimed while the cluster wants it.
  const after =
    isOver && (next.length > 0 || !wanted || wanted.phase === 'ending')
      ? 'none'
      : { ...before, servers: rest };
  const changes = after === 'none' || rest.length < next.length;
  return {
    ...(isKept ? {} : { claimBefore: before }),
    ...(changes ? { claimAfter: after } : {}),
  };
}

/** The servers in the order in which they are kept; nothing is new of those that were not decided about. */
function inOrder(
  { servers: kept }: ClusterClaim,
  decided: readonly Decided[],
): readonly ClaimedServer[] {
  const added = decided.flatMap((one) => (one.claimed ? [] : (keptOf(one) ?? [])));
  if (decided.length <= few && decided.every(({ claimed, next }) => !claimed || next)) {
    const servers = kept.slice();
    for (const one of decided) {
      const next = keptOf(one);
      if (one.claimed && next) servers[kept.indexOf(one.claimed)] = next;
    }
    return added.length > 0 ? [...servers, ...added] : servers;
  }
  const byKey = new Map(decided.map((one) => [one.key, one]));
  const servers = kept.flatMap((claimed) => {
    const one = byKey.get(claimed.server);
    return (one ? keptOf(one) : claimed) ?? [];
  });
  return [...servers, ...added];
}

/** As it is kept; a new one says what the table has until the edit, where others might set that meanwhile. */
function keptOf({ claimed, next, live, isExcused }: Decided): ClaimedServer | undefined {
  if (!next || (claimed && sameServer(claimed, next))) return next && claimed;
  const { from: _, ...rest } = next;
  const from = isExcused && claimed ? claimed.weight : live?.weight;
  return from === undefined ? rest : { ...rest, from };
}

/** So many are looked for in a list of all of them; of more an index is made. */
const few = 8;

const same = (a: ClusterClaim, b: ClusterClaim): boolean =>
  a.addedService === b.addedService &&
  a.pot === b.pot &&
  a.uid === b.uid &&
  a.servers.length === b.servers.length &&
  a.servers.every((one, i) => {
    const other = b.servers[i];
    return other !== undefined && sameServer(one, other);
  });

const sameServer = (a: ClaimedServer, b: ClaimedServer): boolean =>
  a === b ||
  (a.server === b.server &&
    a.state === b.state &&
    a.weight === b.weight &&
    a.sinceMs === b.sinceMs &&
    a.uid === b.uid &&
    a.node === b.node &&
    a.cause === b.cause &&
    a.leftMs?.at(-1) === b.leftMs?.at(-1));

/** Where each server is in its life. */
export function statesOf(
  decided: readonly Decided[],
  { gone, emptied }: Edited,
): ReadonlyMap<ServerKey, LifeState> {
  return new Map(
    decided.flatMap(({ key, next, intent }) => {
      if (gone.has(key)) return [];
      const state: LifeState = next
        ? next.state === 'leaving' && emptied.has(key)
          ? 'empty'
          : next.state
        : intent.kind === 'foreign'
          ? 'foreign'
          : 'waiting';
      return [[key, state] as const];
    }),
  );
}
