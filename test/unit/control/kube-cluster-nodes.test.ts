import { expect, it } from 'vitest';
import { whyClusterNode } from '../../../src/control/kube/cluster-nodes.ts';
import { exitCodeOf } from '../../../src/domain/failure.ts';
import { type HostFacts, noHostFacts } from '../../../src/domain/ipvs/host-facts.ts';

const ask = (facts: Partial<HostFacts>) =>
  whyClusterNode([
    { name: 'lb1', facts: async () => noHostFacts },
    { name: 'lb2', facts: async () => ({ ...noHostFacts, ...facts }) },
  ]);

it('a director whose kube-proxy works with IPVS, or that has a kube-vip, is refused with exit 3', async () => {
  const proxy = await ask({ serviceProxy: { name: 'kube-proxy', device: 'kube-ipvs0' } });
  expect(proxy).toEqual({
    kind: 'preflight',
    what: 'lb2 is a node of a Kubernetes cluster itself: its kube-proxy works with IPVS (device kube-ipvs0), and takes out what it does not know',
    next: 'name a director that is no node of a cluster, or run its kube-proxy in another mode (`mode: nftables`)',
  });
  expect(exitCodeOf(proxy?.kind ?? 'usage')).toBe(3);
  const vip = await ask({ managers: [{ name: 'kube-vip', pid: 812 }] });
  expect(vip?.what).toContain('kube-vip runs there (process 812)');
});

it('a kube-proxy that leaves the table alone, and a keepalived, are no reason', async () => {
  const managers = ['kube-proxy', 'keepalived', 'k3s'].map((name) => ({ name, pid: 7 }));
  expect(await ask({ managers })).toBeUndefined();
});
