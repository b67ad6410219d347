import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { ClusterClaim } from '../../../src/domain/rollout/cluster-claim.ts';
import { eventually } from '../../support/eventually.ts';
import { refused, type Two, weightsOf, withTwo } from '../../support/two-states.ts';

const service = 'tcp/10.0.0.100:80' as ServiceKey;
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.4', '--over', '0s', '--settle', '1s'];
const own = (n: number, state: 'in' | 'leaving'): ClusterClaim['servers'][number] => ({
  ...{ server: `10.0.0.${n}:80` as ServerKey, node: `n${n}`, uid: `uid-${n}`, weight: 50 },
  ...{ state, sinceMs: 1_000, ...(state === 'leaving' ? { cause: 'exclude-label' } : {}) },
});
const claim: ClusterClaim = {
  ...{ table: 'ipvsadm', service, cluster: 'prod', uid: 'uid-web', addedService: false },
  of: { namespace: 'shop', name: 'web', port: 'http' },
  servers: [own(1, 'in'), own(2, 'leaving')],
};

/** `drain kube` with the state of `a` drives the service, and has sent the second server away. */
async function driven({ a, claims }: Two): Promise<void> {
  expect(await a.store.marks.clusters.put(claim)).toEqual({ ok: true, value: undefined });
  await eventually(async () =>
    expect(await claims()).toEqual([expect.stringMatching(/^mark-cluster-/)]),
  );
  a.simulation.ipvsadm(`-e -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 0`.split(' '));
}

describe('a service that a cluster drives by one state folder', () => {
  it('is in no rollout of another, which says whose it is and where, but of one that insists', () =>
    withTwo(async (two) => {
      await driven(two);
      const { a, b, folder } = two;
      const before = b.table();
      const err = refused(await b.run(...handOver));
      expect(err).toContain(
        `cluster prod drives ${service} (shop/web), with the state in ${folder}/a`,
      );
      expect(b.table()).toBe(before);
      expect(refused(await a.run(...handOver))).toContain(`drives ${service} (shop/web)`);
      expect((await b.run(...handOver, '--force')).exitCode).toBe(0);
    }));

  it('has the server that it has sent away left out by the maintenance of another, and listed', () =>
    withTwo(async (two) => {
      await driven(two);
      const { b, folder } = two;
      const listed = await b.run('list');
      expect(listed.out).toContain('driven by cluster prod');
      expect(listed.out).toContain(
        `cluster prod with the state in ${folder}/a, node n2: exclude-label`,
      );
      await b.run('in', '10.0.0.2');
      expect(weightsOf(b)).toEqual({ 1: 100, 2: 0, 3: 75 });
    }));

  it.each([
    [
      'lets it go',
      async ({ a, claims }: Two) => {
        await a.store.marks.clusters.remove(claim);
        await eventually(async () => expect(await claims()).toEqual([]));
      },
    ],
    [
      'is gone with its folder',
      async ({ folder }: Two) => {
        await rm(join(folder, 'a'), { recursive: true });
      },
    ],
  ] as const)('is free when that cluster %s', (_, end) =>
    withTwo(async (two) => {
      await driven(two);
      await end(two);
      expect((await two.b.run(...handOver)).exitCode).toBe(0);
    }),
  );
});
