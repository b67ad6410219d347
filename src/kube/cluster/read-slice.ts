import type { Endpoint, EndpointSlice, SlicePort } from './cluster.ts';
import { fields, fieldsOf, flagOf, identityOf, listOf, portOf, textOf, textsOf } from './fields.ts';
import { serviceNameLabel } from './names.ts';
import { familyOf } from './read-service.ts';

/** An EndpointSlice (`discovery.k8s.io/v1`) as the API has it; `undefined` when it is none. */
export function readSlice(object: unknown): EndpointSlice | undefined {
  const identity = identityOf(object);
  const namespace = identity && textOf(identity.metadata, 'namespace');
  if (!identity || !namespace) return undefined;
  const all = fields(object);
  return {
    namespace,
    name: identity.name,
    service: textOf(fieldsOf(identity.metadata, 'labels'), serviceNameLabel) ?? '',
    family: familyOf(textOf(all, 'addressType') ?? '')[0],
    ports: listOf(all, 'ports').map(readPort),
    endpoints: listOf(all, 'endpoints').flatMap(readEndpoint),
  };
}

const readPort = (port: unknown): SlicePort => ({
  name: textOf(fields(port), 'name') ?? '',
  protocol: textOf(fields(port), 'protocol') ?? 'TCP',
  port: portOf(fields(port), 'port'),
});

function readEndpoint(one: unknown): readonly Endpoint[] {
  const endpoint = fields(one);
  const [address] = textsOf(endpoint, 'addresses');
  if (!address) return [];
  const conditions = fieldsOf(endpoint, 'conditions');
  const isReady = flagOf(conditions, 'ready') ?? true;
  return [
    {
      address,
      node: textOf(endpoint, 'nodeName') || undefined,
      uid: textOf(fieldsOf(endpoint, 'targetRef'), 'uid') || undefined,
      isReady,
      isServing: flagOf(conditions, 'serving') ?? isReady,
      isTerminating: flagOf(conditions, 'terminating') ?? false,
    },
  ];
}
