import { parseServiceKey } from '../../domain/address.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import type { ClusterService, ClusterSnapshot } from '../cluster/cluster.ts';
import { finalizerOf, ownPrefix } from '../cluster/names.ts';
import { aboutService, type Problem } from './problem.ts';
import type { Requested } from './requested.ts';
import { type Phase, phaseOf } from './served.ts';
import type { WantedIngress, WantedOwner } from './wanted.ts';
import { type Wishes, wishesOf } from './wishes.ts';

/** A Service of type LoadBalancer that is drain's. */
export interface Served {
  readonly service: ClusterService;
  readonly phase: Phase;
  readonly wishes: Wishes;
  readonly addresses: readonly string[];
  readonly problems: readonly Problem[];
}

/** The Services of the class, and those that have left it but still have drain's finalizer. */
export function servedServices(
  settings: KubeSettings,
  snapshot: ClusterSnapshot,
): readonly Served[] {
  return [...snapshot.services.values()].flatMap((service) => {
    const phase = phaseOf(settings, service);
    if (!phase) return [];
    const wishes = wishesOf(service, settings);
    const addresses = addressesOf(service, wishes, settings);
    const isServing = phase.kind === 'serving';
    const ended = phase.kind === 'ending' && phase.cause === 'service-refused';
    const problems = [
      ...(isServing ? [...wishes.problems, ...withoutAddress(service, addresses)] : []),
      ...(isServing || ended ? openSources(service, settings.isStrict) : []),
    ];
    return [{ service, phase, wishes, addresses, problems }];
  });
}

/**
 * The addresses of a Service: its own wish, else those of the file's lines for it; of one that is let go
 * also what its status still has.
 */
function addressesOf(
  service: ClusterService,
  wishes: Wishes,
  { bindings }: Pick<KubeSettings, 'bindings'>,
): readonly string[] {
  if (wishes.addresses.length > 0) return wishes.addresses;
  const { namespace, name } = service;
  const bound = bindings
    .filter(({ of }) => of.namespace === namespace && of.name === name)
    .flatMap((one) => {
      const at = parseServiceKey(one.service);
      return at?.kind === 'address' ? [at.address] : [];
    });
  return [...new Set(bound)];
}

function withoutAddress(service: ClusterService, addresses: readonly string[]): readonly Problem[] {
  // One that was refused is a problem already.
  const asked = service.wishes.get('address') ?? service.address ?? '';
  if (addresses.length > 0 || asked.trim() !== '') return [];
  const message = `no address is asked for: annotate the Service with ${ownPrefix}address, or give it one in drain's file`;
  const about = aboutService(service);
  return [{ reason: 'NoAddress', severity: 'Warning', about, message }];
}

function openSources(service: ClusterService, isStrict: boolean): readonly Problem[] {
  if (!service.hasSourceRanges) return [];
  const what = 'IPVS does not enforce loadBalancerSourceRanges';
  const message = isStrict
    ? `${what}, and the file is strict: the Service is not served`
    : `${what}: the Service is open to everybody who reaches the director`;
  const about = aboutService(service);
  return [{ reason: 'SourceRangesNotEnforced', severity: 'Warning', about, message }];
}

/** What the Services themselves should show: of their addresses those where they got a port at least. */
export function ownersOf(
  { cluster }: Pick<KubeSettings, 'cluster'>,
  served: readonly Served[],
  granted: readonly Requested[],
): readonly WantedOwner[] {
  const modes = new Map<string, Map<string, WantedIngress>>();
  for (const { service, address, phase, terms } of granted) {
    if (phase.kind === 'ending') continue;
    const own = modes.get(service.uid) ?? new Map<string, WantedIngress>();
    // With the port changed or not: packets of masq come to the node under the node's own address.
    const ipMode = terms.forwarding === 'masq' || terms.to === 'pods' ? 'Proxy' : 'VIP';
    own.set(address, { ip: address, ipMode });
    modes.set(service.uid, own);
  }
  return served.map(({ service, phase, addresses }) => {
    const own = modes.get(service.uid);
    return {
      namespace: service.namespace,
      name: service.name,
      uid: service.uid,
      version: service.version,
      phase: phase.kind,
      finalizers: service.finalizers,
      hasFinalizer: service.finalizers.includes(finalizerOf(cluster)),
      mayGetFinalizer: phase.kind === 'serving' && !service.isBeingDeleted,
      // A line of the file may still serve it: that address is no longer the Service's to show.
      ingress:
        phase.kind === 'ending' ? [] : addresses.flatMap((address) => own?.get(address) ?? []),
      ingressNow: service.ingress,
    };
  });
}
