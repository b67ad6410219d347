import type { Failure } from '../../domain/failure.ts';
import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import { printable } from '../../domain/printable.ts';
import type { Director } from '../../rollout/ports.ts';

/**
 * Why a director cannot be driven because it is a node of a cluster itself, whose own programs rewrite the
 * table that they find; absent where none is. Of one that does not answer nothing is known.
 */
export async function whyClusterNode(
  directors: readonly Pick<Director, 'name' | 'facts'>[],
): Promise<Failure | undefined> {
  const facts = await Promise.all(directors.map((one) => one.facts({ version: false })));
  for (const [i, { name }] of directors.entries()) {
    const writer = writerOf(facts[i]);
    if (writer) return isNode(name, writer);
  }
  return undefined;
}

interface Writer {
  readonly words: string;
  readonly next: string;
}

const elsewhere = 'name a director that is no node of a cluster';

/** A kube-proxy that does not work with IPVS leaves the table alone; of kube-vip nobody can tell. */
function writerOf(facts: HostFacts | undefined): Writer | undefined {
  const { serviceProxy, managers = [] } = facts ?? {};
  if (serviceProxy) {
    const { name, device } = serviceProxy;
    const words = `its ${name} works with IPVS (device ${device})`;
    if (name !== 'kube-proxy')
      return { words, next: `${elsewhere}, or run it without its service proxy` };
    const next = `${elsewhere}, or run its kube-proxy in another mode (\`mode: nftables\`)`;
    return { words, next };
  }
  const vip = managers.find(({ name }) => name === 'kube-vip');
  return vip && { words: `kube-vip runs there (process ${vip.pid})`, next: elsewhere };
}

const isNode = (director: string, { words, next }: Writer): Failure => ({
  kind: 'preflight',
  what: `${printable(director)} is a node of a Kubernetes cluster itself: ${words}, and takes out what it does not know`,
  next,
});
