import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceKey, serverKey } from '../../../src/domain/address.ts';
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
afterAll(() => rm(folder, { recursive: true, force: true }));

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
    await marks.put({ ...mark, table: 'ipvsadm' });
    const listed = await marks.list();
    expect(listed.ok && listed.value.length).toBe(3);
    await marks.remove(mark);
    await marks.remove(mark);
    const left = await marks.list();
    expect(left.ok && left.value.map(({ reason, table }) => [reason, table]).sort()).toEqual([
      ['health', mark.table],
      ['operator', 'ipvsadm'],
    ]);
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
