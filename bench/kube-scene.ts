import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openShop, type Shop } from '../test/support/cluster/shop.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../test/support/fake-ipvsadm.ts';
import { type EndpointSketch, slice } from '../test/support/kube/cluster-objects.ts';
import { drainJs } from './root.ts';

/** The built `drain kube` between a stand-in API server over TLS and three tables, each a command's. */
export interface KubeScene {
  readonly shop: Shop;
  readonly fakes: readonly FakeIpvsadm[];
  readonly process: ChildProcess;
  /** Gives the Service web/shop these pods. */
  setPods(pods: readonly EndpointSketch[]): void;
  /** Resolves when so many events of this kind have been told since the last call. */
  told(type: string, count: number): Promise<void>;
  stop(): Promise<void>;
}

/** A kubelet tells of 50 images at most, each by tag and digest: 10 of the 12 KB of a Node. */
const images = Array.from({ length: 50 }, (_, i) => {
  const name = `registry.example/team-${i}/application-${i}`;
  const digest = `${i}`.padStart(64, '0');
  return { names: [`${name}@sha256:${digest}`, `${name}:v1.${i}`], sizeBytes: 100_000_000 + i };
});

/** Which fields of a Node its kubelet and its cluster's controllers write: 2 KB more. */
const managedFields = ['kubelet', 'kube-controller-manager'].map((manager) => ({
  ...{ manager, operation: 'Update', apiVersion: 'v1', time: '2026-11-30T10:00:00Z' },
  ...{ fieldsType: 'FieldsV1', subresource: 'status' },
  fieldsV1: {
    'f:status': {
      'f:conditions': Object.fromEntries(
        ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => [
          `k:{"type":"${type}"}`,
          {
            'f:lastHeartbeatTime': {},
            'f:lastTransitionTime': {},
            'f:message': {},
            'f:status': {},
          },
        ]),
      ),
      'f:allocatable': { 'f:cpu': {}, 'f:memory': {}, 'f:ephemeral-storage': {}, 'f:pods': {} },
      'f:images': {},
    },
  },
}));

const directors = ['lb1', 'lb2', 'lb3'];

export async function openKubeScene(nodes: number): Promise<KubeScene> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-bench-kube-'));
  const [shop, fake] = await Promise.all([openShop(), buildFakeIpvsadm()]);
  const fakes = directors.map((name) => fake.another(name));
  for (const one of fakes) await one.reset();
  for (let n = 1; n <= nodes; n++) {
    shop.addNode(`n${n}`);
    const place = { resource: 'nodes', name: `n${n}` };
    shop.api.store.patch(place, { metadata: { managedFields } }, { kind: 'merge' });
    shop.api.store.patch(place, { status: { images } }, { kind: 'merge', subresource: 'status' });
  }
  shop.addService({ spec: { externalTrafficPolicy: 'Local' } });
  const setPods: KubeScene['setPods'] = (pods) => {
    const { endpoints } = slice('web', 'web-1', pods);
    const place = { resource: 'endpointslices', namespace: 'shop', name: 'web-1' };
    shop.api.store.patch(place, { endpoints }, { kind: 'merge' });
  };
  setPods(podsOn(nodes));
  const places = fakes.map(({ remote }, i) => [
    directors[i],
    { director: 'local', ipvsadm: remote },
  ]);
  await writeFile(
    join(folder, 'drain.yaml'),
    JSON.stringify({ directors: Object.fromEntries(places) }),
    { mode: 0o600 },
  );
  const file = await shop.write(folder, `directors: [${directors.join(', ')}]`);
  const args = ['kube', file, '--state', join(folder, 'state'), '--output', 'json'];
  const child = spawn(process.execPath, [drainJs, ...args], {
    ...{ cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  const counts = new Map<string, number>();
  let look = (): void => {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { type } = JSON.parse(line) as { readonly type: string };
    counts.set(type, (counts.get(type) ?? 0) + 1);
    look();
  });
  const told: KubeScene['told'] = (type, count) =>
    new Promise((resolve) => {
      look = () => {
        const found = counts.get(type) ?? 0;
        if (found < count) return;
        counts.set(type, found - count);
        look = () => {};
        resolve();
      };
      look();
    });
  await told('server-joined', nodes * directors.length);
  return {
    ...{ shop, fakes, process: child, setPods, told },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await Promise.all([shop.api.stop(), fake.remove()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const podsOn = (nodes: number): readonly EndpointSketch[] =>
  Array.from({ length: nodes }, (_, i) => ({
    at: `10.1.0.${i + 1}`,
    node: `n${i + 1}`,
    ready: true,
  }));

const ticksPerS = 100;

/** CPU time of a process itself, in milliseconds. */
export function cpuMsOf({ pid }: Pick<ChildProcess, 'pid'>): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerS;
}
