import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceKey, serverKey } from '../../../src/domain/address.ts';
import type { ClusterClaim } from '../../../src/domain/rollout/cluster-claim.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';

const mark: MaintenanceMark = {
  table: 'ip netns exec lb ipvsadm',
  service: 'tcp/10.0.0.100:80' as ServiceKey,
  server: serverKey('10.0.0.1', 80),
  reason: 'operator',
  weight: 40,
  sinceMs: 1_000,
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-marks-'));
});
afterAll(async () => {
  for (const one of [folder, `${folder}-claims`, `${folder}-later`]) {
    await rm(one, { recursive: true, force: true });
  }
});

describe.each([
  ['in files', () => createFileStore(folder).marks],
  ['in memory', () => createMemoryStore().marks],
])('out-of-service marks %s', (_, open) => {
  it('are kept one a subject, and each reason by itself', async () => {
    const marks = open();
    expect(await marks.list()).toEqual({ ok: true, value: [] });
    await marks.put(mark);
    await marks.put({ ...mark, weight: 50 });
    await marks.put({ ...mark, reason: 'health', weight: 0 });
    await marks.put({ ...mark, table: 'ipvsadm', percent: 75 });
    const listed = await marks.list();
    expect(listed.ok && listed.value.length).toBe(3);
    await marks.remove(mark);
    await marks.remove(mark);
    const left = await marks.list();
    expect(left.ok && left.value.map(({ percent }) => percent ?? 0).sort()).toEqual([0, 75]);
    expect(left.ok && left.value.map(({ reason, table }) => [reason, table]).sort()).toEqual([
      ['health', mark.table],
      ['operator', 'ipvsadm'],
    ]);
  });
});

const claim: ClusterClaim = {
  table: 'ipvsadm',
  service: mark.service,
  cluster: 'prod',
  of: { namespace: 'ingress', name: 'controller', port: 'https' },
  uid: 's1',
  addedService: true,
  pot: 300,
  servers: [
    {
      server: mark.server,
      node: 'worker-1',
      uid: 'n1',
      weight: 100,
      state: 'leaving',
      sinceMs: 2_000,
      cause: 'exclude-label',
      leftMs: [2_000],
    },
  ],
};

describe.each([
  ['in files', () => createFileStore(`${folder}-claims`).marks],
  ['in memory', () => createMemoryStore().marks],
])('claims of clusters %s', (_, open) => {
  it('are kept one a cluster, table and service, beside marks and not among them', async () => {
    const marks = open();
    await marks.put(mark);
    await marks.clusters.put({ ...claim, pot: 1 });
    await marks.clusters.put(claim);
    await marks.clusters.put({ ...claim, cluster: 'test', servers: [] });
    expect(await marks.list()).toEqual({ ok: true, value: [mark] });
    const listed = await marks.clusters.list();
    expect(listed.ok && listed.value).toHaveLength(2);
    expect(listed.ok && listed.value).toContainEqual(claim);
    await marks.clusters.remove({ ...claim, cluster: 'test' });
    await marks.clusters.remove({ ...claim, cluster: 'test' });
    expect(await marks.clusters.list()).toEqual({ ok: true, value: [claim] });
    expect(await marks.list()).toEqual({ ok: true, value: [mark] });
  });
});

describe.each([
  ['in files', () => createFileStore(`${folder}-fallbacks`).marks],
  ['in memory', () => createMemoryStore().marks],
])('claims of fallback servers %s', (_, open) => {
  it('are kept one a table and service, beside marks and clusters and not among them', async () => {
    const marks = open();
    const standIn = {
      ...{ table: mark.table, service: mark.service, servers: [mark.server], sinceMs: 1 },
    };
    await marks.put(mark);
    await marks.clusters.put(claim);
    await marks.fallbacks.put(standIn);
    await marks.fallbacks.put({ ...standIn, leavingMs: 2 });
    expect(await marks.fallbacks.list()).toEqual({
      ok: true,
      value: [{ ...standIn, leavingMs: 2 }],
    });
    expect(await marks.list()).toEqual({ ok: true, value: [mark] });
    expect(await marks.clusters.list()).toEqual({ ok: true, value: [claim] });
    await marks.fallbacks.remove(standIn);
    await marks.fallbacks.remove(standIn);
    expect(await marks.fallbacks.list()).toEqual({ ok: true, value: [] });
  });
});

describe('a claim of a cluster', () => {
  it('is a later document than an earlier drain reads, so that it says so', async () => {
    const { marks } = createFileStore(`${folder}-later`);
    await marks.clusters.put(claim);
    const [file = ''] = await readdir(join(`${folder}-later`, 'out'));
    const text = await readFile(join(`${folder}-later`, 'out', file), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ v: 2, reason: 'cluster' });
  });
});

describe('the files of marks', () => {
  it('are for their owner alone, and a damaged one is named, not guessed', async () => {
    const { marks } = createFileStore(folder);
    await marks.put(mark);
    const [file = ''] = await readdir(join(folder, 'out'));
    expect((await stat(join(folder, 'out', file))).mode & 0o777).toBe(0o600);
    await writeFile(join(folder, 'out', 'x.json'), '{"v":2}');
    const listed = await marks.list();
    expect(!listed.ok && listed.failure.what).toContain(folder);
  });
});

describe('marks of the version before', () => {
  it('under another name of the same table are found, replaced and removed by the one of today', async () => {
    const place = join(folder, 'earlier');
    const { marks } = createFileStore(place);
    const named = (table: string) => ({ ...mark, table });
    await mkdir(join(place, 'out'), { recursive: true });
    for (const [index, table] of ['sudo ipvsadm', '/sbin/ipvsadm'].entries()) {
      const document = JSON.stringify({ v: 1, ...named(table), weight: 7 });
      await writeFile(join(place, 'out', `${index}.json`), document);
    }
    expect(await marks.list()).toEqual({
      ok: true,
      value: [{ ...named('ipvsadm'), weight: 7 }],
    });
    await marks.put({ ...named('ipvsadm'), weight: 9 });
    expect(await createFileStore(place).marks.list()).toEqual({
      ok: true,
      value: [{ ...named('ipvsadm'), weight: 9 }],
    });
    await writeFile(
      join(place, 'out', '0.json'),
      JSON.stringify({ v: 1, ...named('sudo ipvsadm') }),
    );
    await createFileStore(place).marks.remove(named('ipvsadm'));
    expect(await readdir(join(place, 'out'))).toEqual([]);
  });
});
