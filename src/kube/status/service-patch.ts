import type { Ingress } from '../cluster/cluster.ts';
import type { ServicePatch } from '../kube-ports.ts';
import type { WantedOwner } from '../wanted/wanted.ts';

/** What is to become of a Service: its finalizer of drain's, and the addresses that its status shows. */
export interface OwnerChange {
  readonly finalizer?: 'add' | 'remove' | undefined;
  /** The whole list, none as well; absent: as it is. */
  readonly ingress?: readonly Ingress[] | undefined;
}

/**
 * A change as one patch of addresses and finalizers; `undefined` where all is so already, because each
 * write wakes everybody who watches. A Service that is being deleted gets no finalizer any more, whoever
 * asks for it, and only drain's own is ever taken off.
 */
export function servicePatchOf(
  owner: WantedOwner,
  change: OwnerChange,
  finalizer: string,
): ServicePatch | undefined {
  const finalizers = finalizersOf(owner, change.finalizer, finalizer);
  const isNews = change.ingress !== undefined && !isShown(owner.ingressNow, change.ingress);
  const ingress = isNews ? change.ingress : undefined;
  return finalizers || ingress ? { version: owner.version, finalizers, ingress } : undefined;
}

function finalizersOf(
  { finalizers, mayGetFinalizer }: WantedOwner,
  change: OwnerChange['finalizer'],
  finalizer: string,
): readonly string[] | undefined {
  const isThere = finalizers.includes(finalizer);
  if (change === 'add') return mayGetFinalizer && !isThere ? [...finalizers, finalizer] : undefined;
  return change === 'remove' && isThere ? finalizers.filter((one) => one !== finalizer) : undefined;
}

/** In any order; an address without a mode is `VIP` (API reference). */
function isShown(now: readonly Ingress[], wanted: readonly Ingress[]): boolean {
  const [shown, asked] = [now, wanted].map((list) => list.map(wordsOf).sort().join('\n'));
  return shown === asked;
}

const wordsOf = ({ ip, hostname, ipMode }: Ingress): string =>
  [ip ?? '', hostname ?? '', ipMode ?? (ip ? 'VIP' : '')].join(' ');
