import { type ServerKey, type ServiceKey, splitServerKey } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import { findOpenConnections } from '../../rollout/observe/open-connections.ts';
import type { Director, Store } from '../../rollout/ports.ts';
import type { OpenFleet } from '../ports.ts';

/** The connections that a director still holds to a node. */
export interface NodeConnections {
  readonly director: string;
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly connections: number;
  /** The server still gets new ones. */
  readonly weight: number;
}

export interface WaitedFor {
  /** A node's name, as the claims of clusters have it. */
  readonly node: string;
  /** Addresses of the node besides those of the claims. */
  readonly addresses: readonly string[];
  readonly opened: Pick<OpenFleet, 'directors' | 'clock'>;
  readonly store: Pick<Store, 'marks'>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told each time that something is left, where it is another than before. */
  onLeft(left: readonly NodeConnections[]): void;
}

const pollMs = 1_000;

/**
 * Waits until no director sends connections to a node, and none is left: no server at its addresses has
 * weight or open connections. A director that cannot be asked is waited for as well.
 */
export async function waitForNode(options: WaitedFor): Promise<Result<readonly string[]>> {
  const { opened, timeoutMs, signal, onLeft } = options;
  const { clock } = opened;
  const untilMs = clock.nowMs() + timeoutMs;
  let said = '';
  let isKnown = false;
  for (;;) {
    const claims = await options.store.marks.clusters.list();
    if (!claims.ok) return claims;
    const addresses = addressesOfNode(options, claims.value);
    isKnown ||= addresses.length > 0;
    if (!isKnown) return fail(unknownNode(options.node));
    const left = await connectionsTo([...opened.directors.values()], new Set(addresses));
    if (left.ok && left.value.length === 0) return ok(addresses);
    const text = left.ok ? JSON.stringify(left.value) : left.failure.what;
    if (left.ok && text !== said) onLeft(left.value);
    said = text;
    const nowMs = clock.nowMs();
    if (signal.aborted) return fail(interrupted);
    if (nowMs >= untilMs) {
      return left.ok ? fail(timedOut(options.node, left.value)) : left;
    }
    await clock.sleepUntil(Math.min(untilMs, nowMs + pollMs), signal);
  }
}

/** The addresses of a node's servers: a claim remembers them also when the node itself is gone. */
function addressesOfNode(
  { node, addresses }: Pick<WaitedFor, 'node' | 'addresses'>,
  claims: readonly ClusterClaim[],
): readonly string[] {
  const claimed = claims
    .flatMap(({ servers }) => servers)
    .filter((one) => one.node === node)
    .map(({ server }) => splitServerKey(server).address);
  return [...new Set([...addresses, ...claimed])];
}

async function connectionsTo(
  directors: readonly Director[],
  addresses: ReadonlySet<string>,
): Promise<Result<readonly NodeConnections[]>> {
  const found = await Promise.all(directors.map((one) => connectionsOn(one, addresses)));
  const failed = found.find((one) => !one.ok);
  if (failed && !failed.ok) return failed;
  return ok(found.flatMap((one) => (one.ok ? one.value : [])));
}

async function connectionsOn(
  director: Director,
  addresses: ReadonlySet<string>,
): Promise<Result<readonly NodeConnections[]>> {
  const listed = await director.snapshot();
  if (!listed.ok) return listed;
  const holding = listed.value.services.filter(({ servers }) =>
    servers.some(({ address }) => addresses.has(address)),
  );
  if (holding.length === 0) return ok([]);
  const looked = await director.look(holding.map(({ key }) => key));
  if (!looked.ok) return looked;
  const { snapshot, connections } = looked.value;
  return ok(
    snapshot.services.flatMap((service) => {
      const servers = service.servers.filter(({ address }) => addresses.has(address));
      const open = findOpenConnections(
        connections,
        service,
        servers.map(({ key }) => key),
      );
      return servers.flatMap(({ key, weight }) => {
        const count = open.get(key)?.count ?? 0;
        if (count === 0 && weight === 0) return [];
        const at = { director: director.name, service: service.key, server: key };
        return [{ ...at, connections: count, weight }];
      });
    }),
  );
}

const unknownNode = (node: string): Failure => ({
  kind: 'usage',
  what: `no director and no claim knows a node ${printable(node)}`,
  next: 'name a node of the cluster, or an address of its servers',
});

const interrupted: Failure = { kind: 'sigint', what: 'told to stop before the node was empty' };

function timedOut(node: string, left: readonly NodeConnections[]): Failure {
  const connections = left.reduce((sum, one) => sum + one.connections, 0);
  const [first] = left;
  const at = first ? `: ${first.server} in ${first.service} on ${first.director}` : '';
  const others = left.length > 1 ? ` and ${left.length - 1} more` : '';
  return {
    kind: 'drain-timeout',
    what: `the node ${printable(node)} still holds ${connections} connections${at}${others}`,
    next: 'wait again, or see why with drain status',
  };
}
