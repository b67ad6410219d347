import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/rollout/ports.ts';
import type { TraceEntry } from '../../../src/rollout/state/trace.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';

const totals = (atMs: number): TraceEntry => ({
  type: 'totals',
  atMs,
  director: 'local',
  services: { 'tcp/10.0.0.100:80': { '10.0.0.1:80': atMs } },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-traces-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const partOf = async (store: Store, rollout: string, position?: number) => {
  const read = await store.readTrace(rollout, position);
  if (!read.ok) throw new Error(read.failure.what);
  return read.value;
};

describe.each([
  ['in files', () => createFileStore(folder)],
  ['in memory', () => createMemoryStore()],
])('a trace %s', (_, open) => {
  it('is read part by part, and gone on with by the next process', async () => {
    const store = open();
    const first = store.trace('one');
    first.add(totals(1));
    first.add(totals(2));
    await first.close();
    const part = await partOf(store, 'one');
    expect(part.entries).toEqual([totals(1), totals(2)]);
    const second = store.trace('one');
    second.add(totals(3));
    await second.close();
    expect((await partOf(store, 'one', part.position)).entries).toEqual([totals(3)]);
    expect((await partOf(store, 'one')).entries).toHaveLength(3);
  });

  it('is empty where there is none', async () => {
    expect((await partOf(open(), 'nobody')).entries).toEqual([]);
  });
});

describe('the file of a trace', () => {
  it('is for its owner alone, and what is no entry in it is left out', async () => {
    const store = createFileStore(folder);
    const trace = store.trace('damaged');
    trace.add(totals(1));
    await trace.close();
    const file = join(folder, 'rollouts', 'damaged.trace');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await appendFile(
      file,
      `nonsense\n{"type":"event"}\n${JSON.stringify(totals(2))}\n{"type":"tot`,
    );
    const part = await partOf(store, 'damaged');
    expect(part.entries).toEqual([totals(1), totals(2)]);
    // The torn line is read when it is whole.
    await appendFile(file, JSON.stringify(totals(3)).slice('{"type":"tot'.length));
    await appendFile(file, '\n');
    expect((await partOf(store, 'damaged', part.position)).entries).toEqual([totals(3)]);
  });

  it('is never looked for outside the folder', async () => {
    const store = createFileStore(folder);
    expect((await partOf(store, '../rollouts/damaged')).entries).toEqual([]);
  });

  it('that cannot be written fails nobody', async () => {
    const store = createFileStore(join(folder, 'rollouts', 'damaged.trace'));
    const trace = store.trace('one');
    trace.add(totals(1));
    await expect(trace.close()).resolves.toBeUndefined();
  });
});
