import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import type { ClusterService } from '../cluster/cluster.ts';
import { finalizerOf } from '../cluster/names.ts';
import type { LeaveCause } from './wanted.ts';

/** `ending`: drain still has something of the Service, and lets it go. */
export type Phase =
  | { readonly kind: 'serving' }
  | { readonly kind: 'ending'; readonly cause: LeaveCause };

/** What drain has to do with a Service; `undefined`: nothing. */
export function phaseOf(
  settings: Pick<KubeSettings, 'cluster' | 'class' | 'namespaces' | 'isStrict'>,
  service: ClusterService,
): Phase | undefined {
  const hasFinalizer = service.finalizers.includes(finalizerOf(settings.cluster));
  if (!isOfClass(settings, service)) {
    return hasFinalizer ? { kind: 'ending', cause: leftBy(service) } : undefined;
  }
  if (service.isBeingDeleted) return { kind: 'ending', cause: 'service-deleted' };
  if (settings.isStrict && service.hasSourceRanges) {
    return { kind: 'ending', cause: 'service-refused' };
  }
  return { kind: 'serving' };
}

const leftBy = ({ isBeingDeleted }: ClusterService): LeaveCause =>
  isBeingDeleted ? 'service-deleted' : 'service-left-class';

function isOfClass(
  { class: served, namespaces }: Pick<KubeSettings, 'class' | 'namespaces'>,
  service: ClusterService,
): boolean {
  if (served === undefined || service.type !== 'LoadBalancer') return false;
  if (namespaces !== undefined && !namespaces.includes(service.namespace)) return false;
  return service.class === undefined ? served.servesDefault : service.class === served.name;
}
