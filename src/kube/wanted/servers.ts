import { canonicalAddress, serverKey } from '../../domain/address.ts';
import { maxWeight } from '../../domain/ipvs/ipvs.ts';
import { whyNoMachine } from '../../domain/kube/address-range.ts';
import type { NodePlace, NodePlaces } from './node-places.ts';
import type { PortEndpoint, PortEndpoints } from './port-endpoints.ts';
import type { Requested } from './requested.ts';
import type { Presence, WantedServer } from './wanted.ts';
import { parseTimes } from './wishes.ts';

export interface AroundServers {
  readonly nodes: NodePlaces;
  readonly endpoints: PortEndpoints;
  /** Addresses of virtual services and directors. */
  readonly taken: ReadonlyMap<string, string>;
}

/** The real servers of a virtual service, each address and port once, at weights that the kernel takes. */
export function serversOf(requested: Requested, around: AroundServers): readonly WantedServer[] {
  const all =
    requested.terms.to === 'pods' ? podServers(requested, around) : nodeServers(requested, around);
  const { phase } = requested;
  if (phase.kind === 'serving') return withinScale(all);
  const presence: Presence = { ...atOnce, cause: phase.cause, basis: 'asked' };
  return withinScale(all.map((one) => ({ ...one, presence })));
}

const atOnce = { kind: 'leaves', pace: 'at-once' } as const;

const withoutEndpoint: Presence = { ...atOnce, cause: 'no-endpoint', basis: 'observed' };
const podTerminating: Presence = { ...atOnce, cause: 'pod-terminating', basis: 'asked' };
const serves: Presence = { kind: 'serves' };

/** The port on the nodes; `undefined`: none that could be asked. */
export function portOnNodes({ terms, port, key }: Requested): number | undefined {
  switch (terms.to) {
    case 'nodePort':
      return port.nodePort;
    case 'hostPort':
      return terms.hostPort ?? Number(key.slice(key.lastIndexOf(':') + 1));
    default:
      return port.port;
  }
}

/** Whether a node without an endpoint of its own has nobody to give a connection to. */
export const needsEndpoint = ({ service, terms }: Requested): boolean =>
  service.policy === 'Local' || terms.to === 'hostPort';

function nodeServers(
  requested: Requested,
  { nodes, endpoints }: AroundServers,
): readonly WantedServer[] {
  const { family, wishes, terms, service } = requested;
  const port = portOnNodes(requested);
  if (port === undefined) return [];
  const needs = needsEndpoint(requested);
  const basis = terms.weight ?? (needs ? 'endpoints' : 'equal');
  const servers = new Map<string, WantedServer>();
  for (const place of nodes.places) {
    const address = place.addresses[family];
    if (address === undefined) continue;
    const { name, uid } = place.node;
    const count = endpoints.usable.get(name) ?? 0;
    const own = basis === 'endpoints' ? Math.max(count, needs ? 0 : 1) : 1;
    const server: WantedServer = {
      key: serverKey(address, port),
      address,
      port,
      node: name,
      uid,
      capacity: own * wishes.factor * timesOf(place),
      ...(service.policy === 'Local' ? { endpoints: count } : {}),
      presence: needs && count === 0 ? emptyNode(place.presence) : place.presence,
    };
    const twin = servers.get(address);
    if (!twin || rank(server) < rank(twin)) servers.set(address, server);
  }
  return [...servers.values()];
}

/** kube-proxy drops what comes now, whatever else is true of the node: a ramp would be lost connections. */
const emptyNode = (presence: Presence): Presence =>
  presence.kind === 'leaves' ? { ...presence, pace: 'at-once' } : withoutEndpoint;

/** Of two nodes with one address, as a machine that is registered under another name, the one that serves. */
const rank = ({ presence }: WantedServer): number =>
  ['serves', 'waits', 'leaves'].indexOf(presence.kind);

const timesOf = ({ node }: NodePlace): number =>
  node.weight === undefined ? 1 : (parseTimes(node.weight.trim()) ?? 1);

function podServers(
  requested: Requested,
  { nodes, endpoints, taken }: AroundServers,
): readonly WantedServer[] {
  const { port: servicePort, service, terms, wishes } = requested;
  const servers = new Map<string, WantedServer>();
  for (const endpoint of endpoints.endpoints) {
    const port = endpoint.port ?? servicePort.port;
    const address = canonicalAddress(endpoint.address);
    if (address === undefined || !mayBeServer(address, taken)) continue;
    // Direct routing and tunnels cannot change the port.
    if (terms.forwarding !== 'masq' && port !== servicePort.port) continue;
    const place = endpoint.node === undefined ? undefined : nodes.byName.get(endpoint.node);
    const key = serverKey(address, port);
    servers.set(key, {
      key,
      address,
      port,
      node: endpoint.node,
      uid: endpoint.uid ?? `${service.uid}/${address}`,
      capacity: wishes.factor * (place ? timesOf(place) : 1),
      presence: presenceOfPod(endpoint, place),
    });
  }
  return [...servers.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

const mayBeServer = (address: string, taken: AroundServers['taken']): boolean =>
  whyNoMachine(address) === undefined && !taken.has(address);

function presenceOfPod(endpoint: PortEndpoint, place: NodePlace | undefined): Presence {
  if (place?.dying) return place.dying;
  if (endpoint.isUsable) return serves;
  return endpoint.isTerminating ? podTerminating : withoutEndpoint;
}

/** Shares as they are, in the weights that a kernel takes: never less than 1 where there was one. */
function withinScale(servers: readonly WantedServer[]): readonly WantedServer[] {
  const most = servers.reduce((so, { capacity }) => Math.max(so, capacity), 0);
  if (most <= maxWeight) return servers;
  return servers.map((one) => ({
    ...one,
    capacity: one.capacity && Math.max(1, Math.round((one.capacity * maxWeight) / most)),
  }));
}
