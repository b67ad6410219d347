import { decideKube } from '../src/kube/decide/decide-kube.ts';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { inTurns, timed } from './in-turns.ts';
import { largeCluster, oneNodeLess } from './large-cluster.ts';
import { median } from './quantiles.ts';

/** A decision is made at each change of the cluster, and between them none. */
const longestMs = 50;

/** What a decision costs in a large cluster: about all its services, and about one node of all of them. */
export const kube: Benchmark = {
  name: 'kube',
  about: 'a decision about 1,000 nodes x 100 services',
  run: async ({ size }) => {
    const small = size === 'small';
    const view = largeCluster(small ? { nodes: 20, services: 4 } : { nodes: 1_000, services: 100 });
    const less = oneNodeLess(view);
    const times = await inTurns(small ? 1 : 9, {
      steady: () => timed(() => decideKube(view)),
      oneNode: () => timed(() => decideKube(less)),
    });
    const row = (what: string, all: readonly number[]): BenchRow => ({
      what,
      ours: { value: median(all), unit: 'ms' },
      against: [],
      goal: `at most ${longestMs} ms`,
      met: small ? undefined : median(all) <= longestMs,
    });
    return [
      row('nothing to do', times.steady),
      row('one node leaves every service', times.oneNode),
    ];
  },
};
