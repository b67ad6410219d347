import type { Ingress } from '../cluster/cluster.ts';
import { isLetGo } from '../decide/decide-kube.ts';
import type { Wanted, WantedOwner } from '../wanted/wanted.ts';
import type { DirectorStanding } from './kube-run-ports.ts';

/** What has to be written of one Kubernetes Service: only what differs from what is there. */
export interface OwnerPatch {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly finalizer?: 'add' | 'remove' | undefined;
  readonly ingress?: readonly Ingress[] | undefined;
}

/**
 * The patches of Services that follow from how all directors stand. A Service gets the finalizer before
 * anything else, never while it is being deleted, and loses it, with its address, once every director
 * has let it go: one that is away or was never seen is waited for. An address is shown when its virtual
 * services stand everywhere, and is not taken away because a server is missing.
 */
export function ownerPatches(
  { owners, services }: Pick<Wanted, 'owners' | 'services'>,
  /** Each director once; `undefined` for one that has not been seen yet. */
  standings: readonly (DirectorStanding | undefined)[],
): readonly OwnerPatch[] {
  return owners.flatMap((owner) => {
    const patch = owner.phase === 'ending' ? endingPatch(owner, standings) : servingPatch();
    return patch.finalizer === undefined && patch.ingress === undefined ? [] : [patch];

    function servingPatch(): OwnerPatch {
      const asked = services.filter(({ of }) => isOf(of, owner));
      const stands =
        asked.length > 0 &&
        standings.every((one) =>
          asked.every(({ service }) => one?.claims.some((claim) => claim.service === service)),
        );
      return {
        ...named(owner),
        ...(owner.mayGetFinalizer && !owner.hasFinalizer ? { finalizer: 'add' as const } : {}),
        ...(stands ? changedIngress(owner) : {}),
      };
    }
  });
}

function endingPatch(
  owner: WantedOwner,
  standings: readonly (DirectorStanding | undefined)[],
): OwnerPatch {
  const isOver = standings.every((one) => one !== undefined && isLetGo(one.claims, owner));
  if (!isOver) return named(owner);
  return {
    ...named(owner),
    ...(owner.hasFinalizer ? { finalizer: 'remove' as const } : {}),
    ...changedIngress({ ...owner, ingress: [] }),
  };
}

const named = ({ namespace, name, uid }: WantedOwner): OwnerPatch => ({ namespace, name, uid });

const isOf = (
  of: { readonly namespace: string; readonly name: string },
  owner: WantedOwner,
): boolean => of.namespace === owner.namespace && of.name === owner.name;

/** A patch that changes nothing would wake the own watch. */
const changedIngress = ({ ingress, ingressNow }: WantedOwner): Pick<OwnerPatch, 'ingress'> =>
  JSON.stringify(ingress.map(words)) === JSON.stringify(ingressNow.map(words)) ? {} : { ingress };

const words = ({ ip, hostname, ipMode }: Ingress): readonly (string | undefined)[] => [
  ip,
  hostname,
  ipMode,
];
