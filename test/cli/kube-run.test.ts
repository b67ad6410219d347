import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Shop } from '../support/cluster/shop.ts';
import { excluded, openShop } from '../support/cluster/shop.ts';
import { drain, drainJs, withFolder } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
afterAll(() => fake.remove());

let shop: Shop;
beforeEach(async () => {
  await fake.reset();
  shop = await openShop();
  return () => shop.api.stop();
});

/** A controller as a service manager starts it, and what it has said so far. */
function startKube(folder: string, file: string, args: readonly string[] = []) {
  const run = execa(process.execPath, [drainJs, 'kube', file, '--state', 'state', ...args], {
    ...{ cwd: folder, env: { ...fake.env, NO_COLOR: '1' }, reject: false, timeout: 150_000 },
  });
  onTestFinished(() => void run.kill('SIGKILL'));
  let text = '';
  run.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const says = (what: string) => eventually(() => expect(text).toContain(what));
  return { run, says, text: () => text };
}

const server = (n: number, weight: number): string =>
  `-a -t 203.0.113.10:80 -r 10.0.0.${n}:30080 -m -w ${weight}`;
const tableIs = (...lines: readonly string[]) =>
  eventually(async () => expect((await fake.table()).trim().split('\n')).toEqual(lines));
const web = '-A -t 203.0.113.10:80 -s wrr';
/** Calls of ipvsadm that change something. */
const edits = async () =>
  (await fake.calls()).filter(({ stdin, isStart }) => !isStart && /^-[aedADE] /m.test(stdin));
/** Waits for Events of these reasons. */
const told = (...reasons: readonly string[]) =>
  eventually(() => {
    const all = shop.api.store.all('events') as readonly { readonly reason?: unknown }[];
    expect(all.map(({ reason }) => reason)).toEqual(expect.arrayContaining([...reasons]));
  });

describe('drain kube FILE', () => {
  it('keeps the table what the cluster says: joins, drains, knows it after kill -9, lets all go', () =>
    withFolder(async (folder) => {
      for (const name of ['n1', 'n2', 'n3']) shop.addNode(name);
      shop.addService();
      const kube = await shop.write(folder);
      const first = startKube(folder, kube);
      await tableIs(web, server(1, 100), server(2, 100), server(3, 100));
      await eventually(() =>
        expect(shop.web()).toMatchObject({
          metadata: { finalizers: ['drain.example/prod'] },
          status: { loadBalancer: { ingress: [{ ip: '203.0.113.10', ipMode: 'Proxy' }] } },
        }),
      );
      await told('EnsuredLoadBalancer', 'ServerJoined');
      shop.patchNode('n3', { metadata: { labels: { [excluded]: '' } } });
      await tableIs(web, server(1, 100), server(2, 100), server(3, 0));
      first.run.kill('SIGKILL');
      await first.run;

      const second = startKube(folder, kube, ['--output', 'json']);
      await tableIs(web, server(1, 100), server(2, 100));
      await told('ServerDrained');

      const third = await drain(['kube', kube, '--state', 'state'], { cwd: folder, env: fake.env });
      expect(third.exitCode).toBe(6);
      expect(third.stderr).toMatch(/another drain kube drives the directors for the cluster prod/);

      // What a cordon and an API server that goes away change would be edited by now.
      const before = (await edits()).length;
      shop.patchNode('n2', { spec: { unschedulable: true } });
      await shop.api.away();
      await second.says('"type":"cluster-lost"');
      await shop.api.back();
      await second.says('"type":"cluster-known"');
      expect((await edits()).length).toBe(before);

      shop.api.store.delete({ resource: 'services', namespace: 'shop', name: 'web' });
      await tableIs(web, server(1, 0), server(2, 0));
      await tableIs('');
      await eventually(() => expect(shop.api.store.all('services')).toEqual([]));
      second.run.kill('SIGTERM');
      const ended = await second.run;
      expect(ended).toMatchObject({ exitCode: 143, stderr: '' });
      for (const line of second.text().trim().split('\n')) {
        expect(JSON.parse(line)).toMatchObject({ v: 1, at: expect.any(String) });
      }
    }));

  it('believes no cluster that has lost all its nodes, before somebody says drain continue', () =>
    withFolder(async (folder) => {
      // The first is in the table already, with all the weight that the others come to.
      await fake.reset(`${web}\n${server(1, 100)}\n`);
      for (const name of ['n1', 'n2']) shop.addNode(name);
      shop.addService();
      const kube = await shop.write(folder, 'leave: { atOnce: 100% }');
      const controller = startKube(folder, kube, ['--adopt']);
      await tableIs(web, server(1, 100), server(2, 100));
      for (const name of ['n1', 'n2']) shop.api.store.delete({ resource: 'nodes', name });
      await controller.says('WARNING: nodes shrank to nothing');
      await tableIs(web, server(1, 100), server(2, 100));

      const options = { cwd: folder, env: fake.env };
      const unknown = await drain(['continue', 'kube-other', '--state', 'state'], options);
      expect(unknown.exitCode).toBe(2);
      const asked = await drain(['continue', 'kube-prod', '--state', 'state'], options);
      expect(asked.exitCode).toBe(0);
      expect(asked.stderr).toMatch(/^drain: asked process \d+, kube-prod, to go on with what/);
      // The other one keeps its weight: keep.servers.
      await tableIs(web, server(2, 100));
      controller.run.kill('SIGINT');
      expect((await controller.run).exitCode).toBe(130);
    }));

  it('does not begin without an ipvsadm, with a simulated director, or a quorum of more than there are', () =>
    withFolder(async (folder) => {
      const kube = await shop.write(folder);
      const begin = async (...args: readonly string[]) =>
        (await drain(['kube', kube, '--state', 'state', ...args], { cwd: folder, env: fake.env }))
          .exitCode;
      expect(await begin('--ipvsadm', 'no-such-ipvsadm')).toBe(3);
      expect(await begin('--director', 'sim')).toBe(2);
      expect(await begin('--quorum', '2')).toBe(2);
      expect(shop.api.asked).toEqual([]);
    }));
});
