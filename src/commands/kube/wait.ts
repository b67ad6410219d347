import { OptionReader } from '../../config/options/read-values.ts';
import { type NodeConnections, waitForNode } from '../../control/kube/wait.ts';
import { canonicalAddress } from '../../domain/address.ts';
import { ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { readNode } from '../../kube/cluster/read-node.ts';
import { notListed } from '../../kube/look/list-cluster.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { Environment } from '../environment.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { type KubeFile, readKubeFile } from './kube-file.ts';
import { openApi, openKube } from './open-kube.ts';
import { timeout } from './rows.ts';

const usualTimeoutMs = 600_000;

/**
 * `drain kube wait NODE [FILE]`: until no director holds a connection to it. Returns 0, or 4 at the
 * timeout. NODE is the name that claims or the cluster of FILE know, or an address.
 */
export const run: RunCommand = async (env, { given, operands: [node = '', name] }) => {
  const reader = new OptionReader(given);
  const timeoutMs = reader.durationMs(timeout.name, usualTimeoutMs);
  const wrong = reader.failure();
  if (wrong) throw new Refusal([wrong]);
  const file = name === undefined ? undefined : orRefuse(await readKubeFile(name));
  const { tools, opened, store } = await openKube(env, given, file?.settings);
  const asJson = tools.output === 'json';
  const stop = env.listenForStop();
  const ended = await waitForNode({
    node,
    addresses: orRefuse(await addressesOf(env, node, file)),
    opened,
    store,
    timeoutMs,
    signal: stop.signal(),
    onLeft: (left) => env.out(left.map((one) => leftText(one, asJson)).join('')),
  });
  if (!ended.ok) {
    const { failure } = ended;
    const signal = stop.requested()?.signal;
    throw new Refusal([
      failure.kind === 'sigint' && signal ? { ...failure, kind: signal } : failure,
    ]);
  }
  env.out(
    asJson
      ? `${JSON.stringify({ node, empty: true, addresses: ended.value })}\n`
      : `${printable(node)} is empty: no director holds a connection to ${ended.value.join(', ')}\n`,
  );
  return 0;
};

/** The addresses that a node has by itself: it is one, or the cluster knows it. */
async function addressesOf(
  env: Environment,
  node: string,
  file: KubeFile | undefined,
): Promise<Result<readonly string[]>> {
  const address = canonicalAddress(node.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) return ok([address]);
  if (!file) return ok([]);
  const api = await openApi(env, file.settings);
  let continueAt: string | undefined;
  do {
    const page = await api.list('nodes', { limit: 500, continueAt });
    if (!page.ok) return { ok: false, failure: notListed(page.failure, api.server) };
    for (const item of page.value.items) {
      const found = readNode(item);
      if (found?.name !== node) continue;
      return ok(found.addresses.flatMap((one) => canonicalAddress(one.address) ?? []));
    }
    continueAt = page.value.continueAt;
  } while (continueAt !== undefined);
  return ok([]);
}

function leftText(one: NodeConnections, asJson: boolean): string {
  if (asJson) return `${JSON.stringify(one)}\n`;
  const { director, service, server, connections, weight } = one;
  const gets = weight > 0 ? `, and weight ${weight}` : '';
  return `${server} in ${service} on ${printable(director)}: ${connections} connections${gets}\n`;
}
