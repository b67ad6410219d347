import { finalizerOf } from '../cluster/names.ts';
import { isLetGo } from '../decide/decide-kube.ts';
import type { ObjectName, ServicePatch } from '../kube-ports.ts';
import type { Wanted, WantedOwner } from '../wanted/wanted.ts';
import type { DirectorStanding } from './kube-run-ports.ts';

/** What has to be written of one Kubernetes Service: only what differs from what is there. */
export interface OwnerPatch {
  readonly service: ObjectName;
  readonly uid: string;
  readonly patch: ServicePatch;
}

interface Facts {
  readonly cluster: string;
  readonly wanted: Pick<Wanted, 'owners' | 'services'>;
  /** Each director once; `undefined` for one that has not been seen yet. */
  readonly standings: readonly (DirectorStanding | undefined)[];
}

/**
 * The patches of Services that follow from how all directors stand. A Service gets the finalizer before
 * anything else, never while it is being deleted, and loses it, with its address, once every director
 * has let it go: one that is away or was never seen is waited for. An address is shown when its virtual
 * services stand everywhere, and is not taken away because a server is missing.
 */
export function ownerPatches({ cluster, wanted, standings }: Facts): readonly OwnerPatch[] {
  const own = finalizerOf(cluster);
  return wanted.owners.flatMap((owner) => {
    const { namespace, name, uid, version } = owner;
    const changes =
      owner.phase === 'ending' ? ending(owner, standings) : serving(owner, wanted, standings);
    const patch: ServicePatch = {
      version,
      ...(changes.finalizer === 'add' ? { finalizers: [...owner.finalizers, own] } : {}),
      ...(changes.finalizer === 'remove'
        ? { finalizers: owner.finalizers.filter((one) => one !== own) }
        : {}),
      ...(changes.showsIngress ? changedIngress(owner) : {}),
    };
    if (patch.finalizers === undefined && patch.ingress === undefined) return [];
    return [{ service: { namespace, name }, uid, patch }];
  });
}

interface Changes {
  readonly finalizer?: 'add' | 'remove' | undefined;
  readonly showsIngress: boolean;
}

function serving(
  owner: WantedOwner,
  { services }: Pick<Wanted, 'services'>,
  standings: Facts['standings'],
): Changes {
  const asked = services.filter(
    ({ of }) => of.namespace === owner.namespace && of.name === owner.name,
  );
  const stands = standings.every((one) =>
    asked.every(({ service }) => one?.claims.some((claim) => claim.service === service)),
  );
  return {
    finalizer: owner.mayGetFinalizer && !owner.hasFinalizer ? 'add' : undefined,
    showsIngress: asked.length > 0 && stands,
  };
}

function ending(owner: WantedOwner, standings: Facts['standings']): Changes {
  const isOver = standings.every((one) => one !== undefined && isLetGo(one.claims, owner));
  return {
    finalizer: isOver && owner.hasFinalizer ? 'remove' : undefined,
    showsIngress: isOver,
  };
}

/** A patch that changes nothing would wake the own watch. */
function changedIngress({
  phase,
  ingress,
  ingressNow,
}: WantedOwner): Pick<ServicePatch, 'ingress'> {
  const next = phase === 'ending' ? [] : ingress;
  const isSame =
    next.length === ingressNow.length &&
    next.every(({ ip, ipMode }, i) => ip === ingressNow[i]?.ip && ipMode === ingressNow[i]?.ipMode);
  return isSame ? {} : { ingress: next };
}
