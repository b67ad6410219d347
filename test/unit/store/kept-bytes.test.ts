import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceKey, serverKey } from '../../../src/domain/address.ts';
import { parseEtcdPlace } from '../../../src/domain/places/etcd-place.ts';
import type { MaintenanceMark, Store } from '../../../src/rollout/ports.ts';
import { createStoreOn } from '../../../src/store/etcd/etcd-store.ts';
import { createTiming } from '../../../src/store/etcd/timing.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { createEtcdModel } from '../../support/etcd-model.ts';

const mark: MaintenanceMark = {
  table: 'ip netns exec lb ipvsadm',
  service: 'tcp/10.0.0.100:80' as ServiceKey,
  server: serverKey('10.0.0.1', 80),
  reason: 'operator',
  weight: 40,
  sinceMs: 1_000,
  rollout: 'r1',
};
const markName = '608691cd469c1f7c431ee371fdf4b689';
const markText =
  '{"v":1,"table":"ip netns exec lb ipvsadm","service":"tcp/10.0.0.100:80","server":"10.0.0.1:80",' +
  '"reason":"operator","weight":40,"sinceMs":1000,"rollout":"r1"}';
const requestName = /^r1\.\d{14}-[0-9a-f]{8}$/;
const requestText =
  '{"v":1,"run":"one run","request":{"kind":"rollback","pace":{"overMs":60000,"everyMs":3000}}}';

async function fill(store: Store): Promise<void> {
  const journal = await store.create('r1');
  if (!journal.ok) throw new Error(journal.failure.what);
  await journal.value.close();
  expect(await store.marks.put(mark)).toMatchObject({ ok: true });
  const pace = { overMs: 60_000, everyMs: 3_000 };
  expect(await store.ask('r1', { kind: 'rollback', pace }, 'one run')).toMatchObject({ ok: true });
}

/** Another version of this program may have written them, or may read them. */
describe('the names and bytes of documents', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drain-kept-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('in a folder are those of every version, without a draft beside them', async () => {
    await fill(createFileStore(folder));
    expect(await readdir(join(folder, 'out'))).toEqual([`${markName}.json`]);
    expect(await readdir(join(folder, 'rollouts'))).toEqual(['r1.jsonl']);
    const [request = '', ...others] = await readdir(join(folder, 'requests'));
    expect(request.replace(/\.json$/, '')).toMatch(requestName);
    expect(others).toEqual([]);
    const [kept, asked] = [
      join(folder, 'out', `${markName}.json`),
      join(folder, 'requests', request),
    ];
    expect(await readFile(kept, 'utf8')).toBe(`${markText}\n`);
    expect(await readFile(asked, 'utf8')).toBe(`${requestText}\n`);
    for (const file of [kept, asked]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('in etcd are those of every version', async () => {
    const place = parseEtcdPlace('etcd://model/site');
    if (!place.ok) throw new Error(place.failure.what);
    const model = createEtcdModel(() => 0);
    await fill(createStoreOn(model, createTiming(), place.value));
    expect(model.peek(`site/marks/${markName}`)?.value).toBe(markText);
    const kept = await model.range({ key: 'site/requests/', end: 'site/requests0' });
    const [request] = kept.ok ? kept.value.kvs : [];
    expect(request?.key.replace('site/requests/', '')).toMatch(requestName);
    expect(request?.value).toBe(requestText);
  });

  it('leave no draft where a document cannot get its name', async () => {
    const { marks } = createFileStore(join(folder, 'blocked'));
    await marks.put({ ...mark, weight: 1 });
    const file = join(folder, 'blocked/out', `${markName}.json`);
    await rm(file);
    await mkdir(join(file, 'x'), { recursive: true });
    expect(await marks.put(mark)).toMatchObject({ ok: false, failure: { kind: 'preflight' } });
    expect(await readdir(join(folder, 'blocked/out'))).toEqual([`${markName}.json`]);
  });
});
