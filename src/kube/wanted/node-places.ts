import { canonicalAddress } from '../../domain/address.ts';
import { isWithin, whyNoMachine } from '../../domain/kube/address-range.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import { printable, shortList } from '../../domain/printable.ts';
import type { ClusterNode, IpFamily } from '../cluster/cluster.ts';
import { dyingOf, presenceOfNode } from './node-presence.ts';
import type { Problem } from './problem.ts';
import type { Presence } from './wanted.ts';

/** A node with what all services need of it. */
export interface NodePlace {
  readonly node: ClusterNode;
  readonly presence: Presence;
  /** Set for a node that takes its pods along. */
  readonly dying: Presence | undefined;
  readonly addresses: Readonly<Record<IpFamily, string | undefined>>;
}

export interface NodePlaces {
  /** In the order of their names. */
  readonly places: readonly NodePlace[];
  readonly byName: ReadonlyMap<string, NodePlace>;
  readonly problems: readonly Problem[];
}

export interface AroundNodes {
  readonly nowMs: number;
  /** Addresses of virtual services and directors, and whose they are. */
  readonly taken: ReadonlyMap<string, string>;
}

/** Nodes with their addresses; those that may not be a server's address are refused, by a problem each. */
export function placesOfNodes(
  settings: Pick<KubeSettings, 'nodes' | 'join' | 'leave'>,
  nodes: ReadonlyMap<string, ClusterNode>,
  { nowMs, taken }: AroundNodes,
): NodePlaces {
  const refusals = new Map<string, ClusterNode[]>();
  const places = [...nodes.values()].sort(byName).map((node): NodePlace => {
    const presence = presenceOfNode(settings, node, nowMs);
    const found = addressesOf(settings.nodes, node, taken);
    // A node that is not asked to serve may have any address it likes.
    if (presence.kind !== 'leaves') {
      for (const why of found.refused) refusals.set(why, [...(refusals.get(why) ?? []), node]);
    }
    return { node, presence, dying: dyingOf(settings, node), addresses: found };
  });
  return {
    places,
    byName: new Map(places.map((place) => [place.node.name, place])),
    problems: [...refusals].map(([why, refused]) => refusal(why, refused)),
  };
}

const byName = (a: ClusterNode, b: ClusterNode): number => (a.name < b.name ? -1 : 1);

interface Found extends Record<IpFamily, string | undefined> {
  readonly refused: ReadonlySet<string>;
}

/** The first address of each family that may be a server's; why others are not, where a family has none. */
function addressesOf(
  { address: type, within }: KubeSettings['nodes'],
  node: ClusterNode,
  taken: AroundNodes['taken'],
): Found {
  const found: Record<IpFamily, string | undefined> = { 4: undefined, 6: undefined };
  const refused: Record<IpFamily, string | undefined> = { 4: undefined, 6: undefined };
  for (const one of node.addresses) {
    const address = one.type === type ? canonicalAddress(one.address) : undefined;
    if (address === undefined) continue;
    const family = address.includes(':') ? 6 : 4;
    const outside =
      within.length > 0 && !within.some((range) => isWithin(range, address))
        ? 'outside nodes.within'
        : undefined;
    const why = whyNoMachine(address) ?? taken.get(address) ?? outside;
    if (why === undefined) found[family] ??= address;
    else refused[family] ??= why;
  }
  const whys = ([4, 6] as const).flatMap((family) =>
    found[family] === undefined ? (refused[family] ?? []) : [],
  );
  return { ...found, refused: new Set(whys) };
}

/** One for all nodes with the same trouble: a wrong `within` must not fill the cluster with Events. */
function refusal(why: string, refused: readonly ClusterNode[]): Problem {
  const [first] = refused;
  const names = shortList(refused.map(({ name }) => printable(name)));
  const isOne = refused.length === 1;
  return {
    reason: 'AddressRefused',
    severity: 'Warning',
    about: { kind: 'Node', name: first?.name ?? '', uid: first?.uid ?? '' },
    message: `${isOne ? 'node' : 'nodes'} ${names}: the address is ${why}, so ${isOne ? 'it serves' : 'they serve'} nothing`,
  };
}
