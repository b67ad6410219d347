import type { ServiceKey } from '../../domain/address.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import { printable } from '../../domain/printable.ts';
import type { ClusterSnapshot, EndpointSlice } from '../cluster/cluster.ts';
import { isSame } from '../cluster/is-same.ts';
import { serviceId } from '../cluster/names.ts';
import { checkOf } from './check-of.ts';
import { type NodePlaces, placesOfNodes } from './node-places.ts';
import { ownersOf, servedServices } from './owners.ts';
import { portEndpoints } from './port-endpoints.ts';
import { aboutService, type Problem } from './problem.ts';
import { type Requested, requestedByBinding, requestedByService } from './requested.ts';
import { serversOf } from './servers.ts';
import { problemsOfService } from './service-problems.ts';
import type { Wanted, WantedService } from './wanted.ts';

export interface AroundCluster {
  readonly nowMs: number;
  /** The directors' own addresses: a server there would send the director's clients in a circle. */
  readonly directorAddresses?: readonly string[] | undefined;
}

/** What the cluster asks of the directors, from what it was when it was last heard of. Pure. */
export const wantedOf = (
  settings: KubeSettings,
  snapshot: ClusterSnapshot,
  around: AroundCluster,
): Wanted => mapCluster(settings, snapshot, around).wanted;

/** What is wanted, with all that it was made of. */
export interface Mapped {
  readonly wanted: Wanted;
  readonly settings: KubeSettings;
  readonly nodes: NodePlaces;
  readonly taken: ReadonlyMap<string, string>;
  readonly made: ReadonlyMap<ServiceKey, Made>;
}

interface Made {
  readonly requested: Requested;
  readonly slices: readonly EndpointSlice[];
  readonly service: WantedService;
  readonly problems: readonly Problem[];
}

/**
 * The same, beside what was made before: what nothing has changed for is the very same object again, so
 * that an event about one Service costs no more than that Service.
 */
export function mapCluster(
  settings: KubeSettings,
  snapshot: ClusterSnapshot,
  { nowMs, directorAddresses = [] }: AroundCluster,
  before?: Mapped,
): Mapped {
  const served = servedServices(settings, snapshot);
  const bound = settings.bindings.map((one) => requestedByBinding(one, snapshot, settings));
  const asked = [
    ...bound.flatMap(({ requested }) => requested),
    ...served.flatMap((one) => requestedByService(one.service, { ...one, settings })),
  ];
  const { granted, problems: refused } = grant(asked, directorAddresses);
  const taken = new Map([
    ...granted.map(({ address }) => [address, 'that of a virtual service'] as const),
    ...directorAddresses.map((address) => [address, "a director's own"] as const),
  ]);
  const nodes = sameAs(before?.nodes, placesOfNodes(settings, snapshot.nodes, { nowMs, taken }));
  const around = { snapshot, nodes, taken: sameAs(before?.taken, taken) };
  const isKept =
    before?.settings === settings && before.nodes === nodes && before.taken === around.taken;
  const made = new Map(
    granted.map((one) => [
      one.key,
      make(one, around, isKept ? before.made.get(one.key) : undefined),
    ]),
  );
  const wanted: Wanted = {
    services: [...made.values()].map(({ service }) => service),
    owners: ownersOf(settings, served, granted),
    problems: [
      ...nodes.problems,
      ...served.flatMap(({ problems }) => problems),
      ...bound.flatMap(({ problems }) => problems),
      ...refused,
      ...[...made.values()].flatMap(({ problems }) => problems),
    ],
    lists: {
      nodes: snapshot.synced.nodes ? snapshot.nodes.size : undefined,
      services: snapshot.synced.services ? snapshot.services.size : undefined,
      endpointslices: snapshot.synced.endpointslices ? countOf(snapshot) : undefined,
    },
  };
  return {
    wanted: sameAs(before?.wanted, wanted),
    settings,
    nodes,
    taken: around.taken,
    made,
  };
}

/** The object from before where both are the same. */
const sameAs = <T>(before: T | undefined, now: T): T =>
  before !== undefined && isSame(before, now) ? before : now;

const countOf = ({ slices }: ClusterSnapshot): number =>
  [...slices.values()].reduce((sum, some) => sum + some.length, 0);

/**
 * One virtual service for each address, port and protocol: the file's own lines come first, then the
 * older Service. One that is let go has its own until it is gone.
 */
function grant(
  asked: readonly Requested[],
  directorAddresses: readonly string[],
): { readonly granted: readonly Requested[]; readonly problems: readonly Problem[] } {
  const granted = new Map<ServiceKey, Requested>();
  const problems: Problem[] = [];
  for (const one of [...asked].sort(byPrecedence)) {
    const about = aboutService(one.service);
    if (!one.isBinding && directorAddresses.includes(one.address)) {
      const message = `${one.key}: the address is a director's own`;
      const problem = { reason: 'AddressRefused', severity: 'Warning', service: one.key } as const;
      problems.push({ ...problem, about, message });
      continue;
    }
    const holder = granted.get(one.key);
    if (!holder) granted.set(one.key, one);
    else if (holder.service.uid !== one.service.uid) {
      const name = printable(serviceId(holder.service.namespace, holder.service.name));
      const message = `${one.key} belongs to the Service ${name}${holder.isBinding ? " in drain's file" : ', which is older'}`;
      const problem = { reason: 'AddressInUse', severity: 'Warning', service: one.key } as const;
      problems.push({ ...problem, about, message });
    }
  }
  return { granted: [...granted.values()], problems };
}

const byPrecedence = (a: Requested, b: Requested): number =>
  Number(b.isBinding) - Number(a.isBinding) ||
  a.service.createdAtMs - b.service.createdAtMs ||
  compare(a.service.uid, b.service.uid) ||
  compare(a.key, b.key);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

interface Around {
  readonly snapshot: ClusterSnapshot;
  readonly nodes: NodePlaces;
  readonly taken: ReadonlyMap<string, string>;
}

function make(
  requested: Requested,
  { snapshot, nodes, taken }: Around,
  before: Made | undefined,
): Made {
  const { key, service, port, family, phase, terms, wishes } = requested;
  const slices = snapshot.slices.get(serviceId(service.namespace, service.name)) ?? [];
  if (before && isOfSame(before, requested, slices)) return before;
  const endpoints = portEndpoints(slices, port, family);
  const servers = serversOf(requested, { nodes, endpoints, taken });
  const { affinityS } = service;
  return {
    requested,
    slices,
    service: {
      service: key,
      of: {
        namespace: service.namespace,
        name: service.name,
        port: port.name === '' ? String(port.port) : port.name,
      },
      uid: service.uid,
      forwarding: terms.forwarding,
      persistence: affinityS === undefined ? undefined : { timeoutS: affinityS },
      phase: phase.kind,
      check: checkOf(requested),
      leaveOverMs: wishes.leaveOverMs,
      reusesAddresses: terms.to === 'pods',
      servers,
    },
    problems: problemsOfService(requested, { nodes, endpoints, servers }),
  };
}

/** With the same settings and nodes nothing else counts: all terms come from the Service and the file. */
const isOfSame = (
  { requested, slices }: Made,
  now: Requested,
  slicesNow: readonly EndpointSlice[],
): boolean =>
  requested.service === now.service &&
  requested.isBinding === now.isBinding &&
  requested.port === now.port &&
  slices.length === slicesNow.length &&
  slices.every((one, i) => one === slicesNow[i]);
