import type { ClusterService, Ingress, IpFamily } from './cluster.ts';
import {
  type Fields,
  fields,
  fieldsOf,
  identityOf,
  isTrue,
  listOf,
  portOf,
  textMapOf,
  textOf,
  textsOf,
  timeOf,
  wholeOf,
} from './fields.ts';
import { ownPrefix } from './names.ts';

/** A Service as the API has it; `undefined` when it is none. */
export function readService(object: unknown): ClusterService | undefined {
  const identity = identityOf(object);
  const namespace = identity && textOf(identity.metadata, 'namespace');
  if (!identity || !namespace) return undefined;
  const { metadata } = identity;
  const spec = fieldsOf(fields(object), 'spec');
  const status = fieldsOf(fieldsOf(fields(object), 'status'), 'loadBalancer');
  return {
    namespace,
    name: identity.name,
    uid: identity.uid,
    version: textOf(metadata, 'resourceVersion') ?? '',
    // Without a time it is as good as the youngest: it takes no address from another one.
    createdAtMs: timeOf(metadata, 'creationTimestamp') ?? Number.MAX_SAFE_INTEGER,
    isBeingDeleted: textOf(metadata, 'deletionTimestamp') !== undefined,
    finalizers: textsOf(metadata, 'finalizers'),
    wishes: wishesOf(metadata),
    type: textOf(spec, 'type') ?? 'ClusterIP',
    class: textOf(spec, 'loadBalancerClass'),
    address: textOf(spec, 'loadBalancerIP') || undefined,
    ports: listOf(spec, 'ports').flatMap((one) => {
      const port = portOf(fields(one), 'port');
      if (port === undefined) return [];
      return [
        {
          name: textOf(fields(one), 'name') ?? '',
          protocol: textOf(fields(one), 'protocol') ?? 'TCP',
          port,
          nodePort: portOf(fields(one), 'nodePort'),
        },
      ];
    }),
    policy: textOf(spec, 'externalTrafficPolicy') === 'Local' ? 'Local' : 'Cluster',
    healthCheckNodePort: portOf(spec, 'healthCheckNodePort'),
    families: textsOf(spec, 'ipFamilies').flatMap(familyOf),
    affinityS: affinityOf(spec),
    publishesNotReady: isTrue(spec, 'publishNotReadyAddresses'),
    hasSourceRanges: textsOf(spec, 'loadBalancerSourceRanges').length > 0,
    ingress: listOf(status, 'ingress').map((one) => ingressOf(fields(one))),
  };
}

export function familyOf(text: string): readonly IpFamily[] {
  if (text === 'IPv4') return [4];
  return text === 'IPv6' ? [6] : [];
}

/** The API's own default of `timeoutSeconds`. */
const usualAffinityS = 10_800;

function affinityOf(spec: Fields): number | undefined {
  if (textOf(spec, 'sessionAffinity') !== 'ClientIP') return undefined;
  const config = fieldsOf(fieldsOf(spec, 'sessionAffinityConfig'), 'clientIP');
  return wholeOf(config, 'timeoutSeconds') || usualAffinityS;
}

function wishesOf(metadata: Fields): ReadonlyMap<string, string> {
  const wishes = new Map<string, string>();
  for (const [key, value] of textMapOf(metadata, 'annotations')) {
    if (key.startsWith(ownPrefix)) wishes.set(key.slice(ownPrefix.length), value);
  }
  return wishes;
}

function ingressOf(one: Fields): Ingress {
  const ip = textOf(one, 'ip') || undefined;
  const hostname = textOf(one, 'hostname') || undefined;
  const ipMode = textOf(one, 'ipMode') || undefined;
  return { ip, hostname, ipMode };
}
