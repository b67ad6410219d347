import { expect, it } from 'vitest';
import { lookAtCluster } from '../../../src/control/kube/look.ts';
import type { OpenFleet } from '../../../src/control/ports.ts';
import { type ServiceKey, serverKey } from '../../../src/domain/address.ts';
import { ok } from '../../../src/domain/failure.ts';
import type { VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { tableOf } from '../../../src/domain/rollout/rollout-locks.ts';
import { differenceLines } from '../../../src/kube/look/difference-lines.ts';
import type { Director } from '../../../src/rollout/ports.ts';
import type { TableClaims } from '../../../src/rollout/table-claims.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { unwrap } from '../../contract/store.ts';
import { node, nowMs, service } from '../../support/kube/cluster-objects.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';
import { listedApi } from '../../support/kube/listed-api.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const key = 'tcp/203.0.113.10:80' as ServiceKey;

const web = (...weights: readonly number[]): VirtualService =>
  wrrService(
    weights.map((weight, i) => realServer(`10.0.0.${i + 1}`, weight, { port: 30_080 })),
    { address: { kind: 'address', protocol: 'tcp', address: '203.0.113.10', port: 80 } },
  );

const director = (name: string, services: readonly VirtualService[]): Director =>
  ({ name, snapshot: async () => ok(snapshotOf(services)) }) as unknown as Director;

/** A fleet of two directors, of which the second is known by a name that is resolved. */
const fleet = (first: readonly VirtualService[], second: readonly VirtualService[]): OpenFleet =>
  ({
    access: [
      { director: 'lb1', where: 'ssh://root@10.0.0.201', ipvsadm: 'ipvsadm' },
      { director: 'lb2', where: 'ssh://root@lb2', ipvsadm: 'ipvsadm' },
    ],
    directors: new Map([
      ['lb1', director('lb1', first)],
      ['lb2', director('lb2', second)],
    ]),
  }) as unknown as OpenFleet;

it('a look tells for each director what differs there, by its own claims', async () => {
  const store = createMemoryStore();
  unwrap(
    await store.marks.clusters.put({
      table: tableOf({ director: 'lb1', where: 'ssh://root@10.0.0.201', ipvsadm: 'ipvsadm' }),
      service: key,
      cluster: 'prod',
      of: { namespace: 'shop', name: 'web', port: 'http' },
      uid: 'uid-web',
      addedService: true,
      servers: [
        {
          server: serverKey('10.0.0.1', 30_080),
          node: 'n1',
          uid: 'uid-n1',
          weight: 100,
          state: 'in',
          sinceMs: 0,
        },
      ],
    }),
  );
  const hosts: string[] = [];
  const looked = unwrap(
    await lookAtCluster(
      {
        lookUp: async (host) => {
          hosts.push(host);
          return host === 'lb2' ? ['10.0.0.3'] : [host];
        },
      },
      {
        api: listedApi({
          nodes: [node('n1'), node('n2'), node('n3')],
          services: [service('web')],
        }),
        settings: settingsOf(),
        opened: fleet([web(100)], []),
        store,
        nowMs,
      },
    ),
  );
  expect(looked.directors.map(({ director: name }) => name)).toEqual(['lb1', 'lb2']);
  expect(looked.directors[1]?.services.flatMap(differenceLines)).toEqual([
    'tcp/203.0.113.10:80 for shop/web:http: is added, scheduler wrr',
    '  + 10.0.0.1:30080  n1  joins from weight 0, with 1 part',
    '  + 10.0.0.2:30080  n2  joins from weight 0, with 1 part',
  ]);
  expect(looked.directors[0]?.services[0]?.servers[1]).toMatchObject({ change: 'add', node: 'n2' });
  // The second director is at the address of the third node: that would be a circle.
  expect(hosts).toEqual(['10.0.0.201', 'lb2']);
  expect(looked.problems.map(({ message }) => message)).toContain(
    "node n3: the address is a director's own, so it serves nothing",
  );
});

it('a look says which service waits for the end of a rollout, and of which', async () => {
  const table = tableOf({ director: 'lb2', where: 'ssh://root@lb2', ipvsadm: 'ipvsadm' });
  const rollout = '20260101-120000000-7f3a';
  const claims = {
    others: async () => {
      const held = { at: { state: '/else' }, rollout, resources: [`${key} on ${table}`] };
      const rollouts = [{ ...held, state: undefined, sinceMs: 0 }];
      return ok({ rollouts, marks: [], clusters: [] });
    },
  } as unknown as TableClaims;
  const looked = unwrap(
    await lookAtCluster(
      { lookUp: async (host) => [host] },
      {
        api: listedApi({ nodes: [node('n1')], services: [service('web')] }),
        ...{ settings: settingsOf(), opened: fleet([], [web(100)]), nowMs },
        store: { ...createMemoryStore(), claims },
      },
    ),
  );
  const [first, second] = looked.directors.map(({ services }) => services.flatMap(differenceLines));
  expect(first?.[1]).toContain('10.0.0.1:30080');
  expect(second?.[1]).toBe(
    `  once ${rollout} is over: drain resume, rollback or abandon ${rollout}`,
  );
});
