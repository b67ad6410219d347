import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { excluded, openShop, type Shop, webKey } from '../support/cluster/shop.ts';
import { drain, withFolder } from '../support/drain-command.ts';
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

/** Calls of ipvsadm that change something. */
const edits = async () =>
  (await fake.calls()).filter(({ stdin, isStart }) => !isStart && /^-[aedADE] /m.test(stdin));

describe('drain kube FILE --dry-run', () => {
  it('shows what the cluster would change and why, and changes nothing', () =>
    withFolder(async (folder) => {
      await fake.reset(
        '-A -t 203.0.113.10:80 -s wrr\n-a -t 203.0.113.10:80 -r 10.0.0.9:30080 -m -w 7\n',
      );
      const before = await fake.table();
      for (const name of ['n1', 'n2']) shop.addNode(name);
      shop.addNode('n3', { labels: { [excluded]: '' } });
      shop.addService();
      const kube = await shop.write(folder);
      const run = await drain(['kube', kube, '--dry-run', '--state', 'state'], {
        cwd: folder,
        env: fake.env,
      });
      expect(run.stdout).toBe(
        [
          'tcp/203.0.113.10:80 for shop/web:http',
          '  + 10.0.0.1:30080  n1  joins from weight 0, with 1 part',
          '  + 10.0.0.2:30080  n2  joins from weight 0, with 1 part',
          '  . 10.0.0.3:30080  n3  is not added: the node has the exclude label',
          "    10.0.0.9:30080      weight 7, is somebody else's and stays as it is",
          '',
          'Nothing was changed.',
        ].join('\n'),
      );
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await fake.table()).toBe(before);
      expect(await edits()).toEqual([]);
      expect(shop.api.asked.filter((asked) => !asked.startsWith('list '))).toEqual([]);
    }));

  it('obeys no kubeconfig that others may write, nor does the controller or a wait', () =>
    withFolder(async (folder) => {
      shop.addNode('n1');
      const kube = await shop.write(folder);
      await chmod(shop.api.kubeconfig, 0o666);
      for (const args of [
        ['kube', kube, '--dry-run'],
        ['kube', kube],
        ['kube', 'wait', 'n1', kube],
      ]) {
        const run = await drain([...args, '--state', 'state'], { cwd: folder, env: fake.env });
        expect(run.exitCode, run.stderr).toBe(3);
        expect(run.stderr).toContain(`chmod go-w ${shop.api.kubeconfig}`);
      }
      expect(shop.api.asked).toEqual([]);
    }));

  it('is a line for each virtual service with --output json', () =>
    withFolder(async (folder) => {
      shop.addNode('n1');
      shop.addService();
      const run = await drain(
        ['kube', await shop.write(folder), '--dry-run', '--output', 'json', '--state', 'state'],
        { cwd: folder, env: fake.env },
      );
      expect(
        run.stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual([
        {
          type: 'service',
          director: 'local',
          service: webKey,
          of: 'shop/web:http',
          change: 'add',
          servers: [{ server: '10.0.0.1:30080', node: 'n1', change: 'add', capacity: 1 }],
        },
      ]);
      expect(run.exitCode).toBe(0);
    }));

  it.each<[string, (shop: Shop) => unknown, number, RegExp]>([
    [
      'an API server that refuses',
      ({ api }) => api.rules.set('drain', []),
      3,
      /nodes is forbidden: User "drain" cannot list resource "nodes"/,
    ],
    ['an API server that is away', ({ api }) => api.away(), 7, /127\.0\.0\.1/],
  ])('with %s ends without a diff', (_, happen, exitCode, says) =>
    withFolder(async (folder) => {
      const kube = await shop.write(folder);
      await happen(shop);
      const run = await drain(['kube', kube, '--dry-run', '--state', 'state'], {
        cwd: folder,
        env: fake.env,
      });
      expect(run.stderr).toMatch(says);
      expect(run).toMatchObject({ exitCode, stdout: '' });
    }),
  );
});

describe('drain kube wait NODE', () => {
  const served = [
    '-A -t 10.0.0.100:80 -s wrr',
    '-a -t 10.0.0.100:80 -r 10.0.0.1:30080 -m -w 1',
    '-a -t 10.0.0.100:80 -r 10.0.0.2:30080 -m -w 0',
    '',
  ].join('\n');

  it('ends with 0 when no director holds a connection to it, asking the cluster where it is', () =>
    withFolder(async (folder) => {
      await fake.reset(served);
      shop.addNode('n2');
      const run = await drain(
        ['kube', 'wait', 'n2', await shop.write(folder), '--state', 'state'],
        { cwd: folder, env: fake.env },
      );
      expect(run).toMatchObject({
        exitCode: 0,
        stdout: 'n2 is empty: no director holds a connection to 10.0.0.2',
        stderr: '',
      });
    }));

  it('ends with 4 at the timeout, and says what is left', () =>
    withFolder(async (folder) => {
      await fake.reset(served);
      await fake.connect(3);
      const run = await drain(['kube', 'wait', '10.0.0.1', '--timeout', '0s', '--state', 'state'], {
        cwd: folder,
        env: fake.env,
      });
      expect(run.stdout).toBe(
        '10.0.0.1:30080 in tcp/10.0.0.100:80 on local: 3 connections, and weight 1',
      );
      expect(run.stderr).toMatch(/the node 10\.0\.0\.1 still holds 3 connections/);
      expect(run.exitCode).toBe(4);
    }));

  it('ends with 2 for a node that nobody knows', () =>
    withFolder(async (folder) => {
      const run = await drain(
        ['kube', 'wait', 'n9', await shop.write(folder), '--state', 'state'],
        {
          cwd: folder,
          env: fake.env,
        },
      );
      expect(run.stderr).toMatch(/no director and no claim knows a node n9/);
      expect(run.exitCode).toBe(2);
    }));
});

it('drain kube manifests prints YAML of the file, or a unit', () =>
  withFolder(async (folder) => {
    const kube = await shop.write(folder);
    const run = await drain(['kube', 'manifests', kube]);
    expect(run.stdout).toContain('kind: ClusterRole\n');
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const unit = await drain(['kube', 'manifests', kube, '--unit']);
    expect(unit.stdout).toContain(`ExecStart=/usr/bin/drain kube ${kube}\n`);
  }));
