import type { Endpoint, EndpointSlice, IpFamily, ServicePort } from '../cluster/cluster.ts';

/** The endpoints of one port of a Service in one family, each once. */
export interface PortEndpoints {
  readonly endpoints: readonly PortEndpoint[];
  /** How many of a node may get new connections. */
  readonly usable: ReadonlyMap<string, number>;
  readonly usableCount: number;
  /** Usable ones of which the slice names no node: no node has them for Local. */
  readonly withoutNode: number;
}

export interface PortEndpoint extends Endpoint {
  /** Absent: the slice stands for all ports. */
  readonly port?: number | undefined;
  /**
   * Whether it may get new connections: it is ready and not on its way out. Where a Service has none that
   * is, those that are on their way out and still serve may (KEP-1669).
   */
  readonly isUsable: boolean;
}

export function portEndpoints(
  slices: readonly EndpointSlice[],
  { name, protocol }: Pick<ServicePort, 'name' | 'protocol'>,
  family: IpFamily,
): PortEndpoints {
  const known = new Map<string, Endpoint & Pick<PortEndpoint, 'port'>>();
  // By name: of two that contradict each other it is always the same one.
  for (const slice of [...slices].sort((one, twin) => (one.name < twin.name ? -1 : 1))) {
    if (slice.family !== family) continue;
    for (const { port } of slice.ports.filter(
      (one) => one.name === name && one.protocol === protocol,
    )) {
      for (const endpoint of slice.endpoints) {
        const key = `${endpoint.address} ${port ?? ''}`;
        const twin = known.get(key);
        known.set(key, twin ? merged(twin, endpoint) : { ...endpoint, port });
      }
    }
  }
  const all = [...known.values()];
  const isAnyReady = all.some(isReady);
  const endpoints = all.map((one) => ({
    ...one,
    isUsable: isAnyReady ? isReady(one) : one.isServing && one.isTerminating,
  }));
  return { endpoints, ...counted(endpoints) };
}

/** `ready` stays true on its way out where the Service publishes what is not ready. */
const isReady = ({ isReady: ready, isTerminating }: Endpoint): boolean => ready && !isTerminating;

/**
 * An endpoint stands in two slices while it moves, in one of them as it was. Nothing that terminates comes
 * back; of ready and not ready either may be the old word, and health has another look at ready.
 */
const merged = <One extends Endpoint>(one: One, twin: Endpoint): One => ({
  ...one,
  node: one.node ?? twin.node,
  uid: one.uid ?? twin.uid,
  isReady: one.isReady || twin.isReady,
  isServing: one.isServing || twin.isServing,
  isTerminating: one.isTerminating || twin.isTerminating,
});

function counted(
  endpoints: readonly PortEndpoint[],
): Pick<PortEndpoints, 'usable' | 'usableCount' | 'withoutNode'> {
  const usable = new Map<string, number>();
  let [usableCount, withoutNode] = [0, 0];
  for (const { node, isUsable } of endpoints) {
    if (!isUsable) continue;
    usableCount++;
    if (node === undefined) withoutNode++;
    else usable.set(node, (usable.get(node) ?? 0) + 1);
  }
  return { usable, usableCount, withoutNode };
}
