import { finalizerOf } from '../cluster/names.ts';
import { isLetGo } from '../decide/decide-kube.ts';
import type { OwnedPatch } from '../status/patch-book.ts';
import { type OwnerChange, servicePatchOf } from '../status/service-patch.ts';
import type { Wanted, WantedOwner } from '../wanted/wanted.ts';
import type { DirectorStanding } from './kube-run-ports.ts';

interface Facts {
  readonly cluster: string;
  readonly wanted: Pick<Wanted, 'owners' | 'services'>;
  /** Each director once; `undefined` for one that has not been seen yet. */
  readonly standings: readonly (DirectorStanding | undefined)[];
  /** So many of them have to let a Service go; all without it. */
  readonly quorum?: number | undefined;
}

/**
 * The patches of Services that follow from how all directors stand. A Service gets the finalizer before
 * anything else, never while it is being deleted, and loses it, with its address, once every director,
 * or a quorum, has let it go: one that is away or was never seen is waited for. An address is shown when its virtual
 * services stand everywhere, and is not taken away because a server is missing.
 */
export function ownerPatches({ cluster, wanted, standings, quorum }: Facts): readonly OwnedPatch[] {
  return wanted.owners.flatMap((owner) => {
    const { namespace, name, uid } = owner;
    const change =
      owner.phase === 'ending'
        ? ending(owner, standings, quorum ?? standings.length)
        : serving(owner, wanted, standings);
    const patch = servicePatchOf(owner, change, finalizerOf(cluster));
    return patch ? [{ namespace, name, uid, patch }] : [];
  });
}

function serving(
  owner: WantedOwner,
  { services }: Pick<Wanted, 'services'>,
  standings: Facts['standings'],
): OwnerChange {
  const asked = services.filter(
    ({ of }) => of.namespace === owner.namespace && of.name === owner.name,
  );
  const stands = standings.every((one) =>
    asked.every(({ service }) => one?.claims.some((claim) => claim.service === service)),
  );
  const isShown = asked.length > 0 && stands;
  return { finalizer: 'add', ...(isShown ? { ingress: owner.ingress } : {}) };
}

function ending(owner: WantedOwner, standings: Facts['standings'], quorum: number): OwnerChange {
  const letGo = standings.filter((one) => one !== undefined && isLetGo(one.claims, owner));
  const isOver = letGo.length >= quorum;
  return isOver ? { finalizer: 'remove', ingress: [] } : {};
}
