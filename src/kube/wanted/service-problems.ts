import { printable, shortList } from '../../domain/printable.ts';
import type { NodePlaces } from './node-places.ts';
import type { PortEndpoints } from './port-endpoints.ts';
import { aboutService, type Problem, type ProblemReason } from './problem.ts';
import type { Requested } from './requested.ts';
import { needsEndpoint, portOnNodes } from './servers.ts';
import type { LeaveCause, WantedServer } from './wanted.ts';

export interface Found {
  readonly nodes: NodePlaces;
  readonly endpoints: PortEndpoints;
  readonly servers: readonly WantedServer[];
}

/** What a virtual service lacks that its owner expects; nothing is asked of one that is let go. */
export function problemsOfService(requested: Requested, found: Found): readonly Problem[] {
  if (requested.phase.kind === 'ending') return [];
  const { key, service, terms } = requested;
  const problem = (reason: ProblemReason, message: string): Problem => ({
    reason,
    severity: 'Warning',
    about: aboutService(service),
    message: `${key}: ${message}`,
    service: key,
  });
  const noPort = portOnNodes(requested) === undefined;
  if (terms.to === 'nodePort' && noPort) {
    return [problem('NoNodePort', 'the Service has no node port, so it gets no server')];
  }
  const { endpoints } = found;
  const problems: Problem[] = [];
  const needs = terms.to === 'pods' || needsEndpoint(requested);
  if (needs && endpoints.usableCount === 0) {
    problems.push(problem('NoReadyEndpoints', 'no endpoint of the Service is ready'));
  }
  if (terms.to !== 'pods' && needs && endpoints.withoutNode > 0) {
    const message = `${endpoints.withoutNode} of ${endpoints.usableCount} ready endpoints name no node, and get nothing here`;
    problems.push(problem('EndpointsWithoutNode', message));
  }
  if (terms.to === 'pods') {
    const others = terms.forwarding === 'masq' ? [] : otherPorts(requested, endpoints);
    if (others.length > 0) {
      const message = `${terms.forwarding} keeps the port ${requested.port.port}, and the pods listen on ${shortList(others)}: write forwarding: masq`;
      problems.push(problem('PortNotKept', message));
    }
    return problems;
  }
  return [...problems, ...problemsOfNodes(requested, found, problem)];
}

const otherPorts = ({ port }: Requested, { endpoints }: PortEndpoints): readonly number[] => [
  ...new Set(
    endpoints.flatMap((one) =>
      one.port === undefined || one.port === port.port ? [] : [one.port],
    ),
  ),
];

function problemsOfNodes(
  { family }: Requested,
  { nodes, servers }: Found,
  problem: (reason: ProblemReason, message: string) => Problem,
): readonly Problem[] {
  const problems: Problem[] = [];
  const asked = nodes.places.filter(({ presence }) => presence.kind !== 'leaves');
  const without = asked.filter(({ addresses }) => addresses[family] === undefined);
  if (without.length > 0) {
    const names = shortList(without.map(({ node }) => printable(node.name)));
    const message = `${without.length} of ${asked.length} nodes have no IPv${family} address that may serve: ${names}`;
    problems.push(problem('AddressUnknown', message));
  }
  if (!servers.some(({ presence }) => mayServe(presence))) {
    problems.push(problem('UnAvailableLoadBalancer', `there is no node for it: ${whyNone(nodes)}`));
  }
  return problems;
}

/** A node without an endpoint is there all the same. */
const mayServe = (presence: WantedServer['presence']): boolean =>
  presence.kind !== 'leaves' || presence.cause === 'no-endpoint';

const words: Readonly<Partial<Record<LeaveCause, string>>> = {
  'exclude-label': 'with the label node.kubernetes.io/exclude-from-external-load-balancers',
  'not-selected': 'not selected by nodes.selector',
  cordon: 'cordoned',
  taint: 'with a taint of leave.taints',
  'node-deleting': 'being deleted',
  'node-shutdown': 'shutting down',
};

/** `3 with the label ..., 1 cordoned`: kubeadm labels its control plane, which may be the only node. */
function whyNone({ places }: NodePlaces): string {
  const counts = new Map<string, number>();
  for (const { presence } of places) {
    const why =
      presence.kind === 'leaves' ? (words[presence.cause] ?? presence.cause) : 'without an address';
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [...counts].map(([why, count]) => `${count} ${why}`).join(', ') || 'the cluster has none';
}
