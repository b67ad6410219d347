import { appendFile, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Journal } from '../../../src/rollout/ports.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { formatEntry } from '../../../src/store/journal-schema.ts';
import { withFolder } from '../../support/drain-command.ts';
import { journalEntries } from '../../support/journal-entries.ts';

const id = '20261123-141530-7f3a';
const all = journalEntries(id, 6);
const [opened, ...rest] = all;

const begin = async (folder: string): Promise<Journal> => {
  const journal = await createFileStore(folder).create(id);
  if (!journal.ok) throw new Error(journal.failure.what);
  expect(await journal.value.append(opened)).toMatchObject({ ok: true });
  return journal.value;
};
const goOn = async (folder: string): Promise<Journal> => {
  const again = await createFileStore(folder).open(id);
  if (!again.ok) throw new Error(again.failure.what);
  return again.value.journal;
};
const kept = async (folder: string) => {
  const read = await createFileStore(folder).read(id);
  return read.ok ? read.value : read.failure;
};
const entry = (index: number) => rest[index] ?? opened;
const done = { ok: true };
const conflict = { ok: false, failure: { kind: 'conflict' } };

describe('a journal with two writers', () => {
  it('is gone on with by the one who opened it last, and the other is refused', () =>
    withFolder(async (folder) => {
      const first = await begin(folder);
      const second = await goOn(folder);
      expect(await second.append(entry(0))).toMatchObject(done);
      expect(await first.append(entry(1))).toMatchObject(conflict);
      expect(await second.append(entry(1))).toMatchObject(done);
      expect(await first.append(entry(2))).toMatchObject(conflict);
      expect(await kept(folder)).toEqual(all.slice(0, 3));
    }));

  it('stays with the first where the second opened it before an entry that he does not know', () =>
    withFolder(async (folder) => {
      const first = await begin(folder);
      const second = await goOn(folder);
      expect(await first.append(entry(0))).toMatchObject(done);
      expect(await second.append(entry(0))).toMatchObject(conflict);
      expect(await first.append(entry(1))).toMatchObject(done);
      expect(await kept(folder)).toEqual(all.slice(0, 3));
    }));

  it('is written by one of many who append at the same moment, and read by all alike', () =>
    withFolder(async (folder) => {
      await (await begin(folder)).close();
      for (const index of [0, 1, 2]) {
        const writers = await Promise.all([1, 2, 3, 4, 5].map(() => goOn(folder)));
        const ends = await Promise.all(writers.map((one) => one.append(entry(index))));
        expect(ends.filter(({ ok }) => ok)).toHaveLength(1);
        for (const end of ends) if (!end.ok) expect(end.failure.kind).toBe('conflict');
        expect(await kept(folder)).toEqual(all.slice(0, index + 2));
      }
    }));

  it('loses nothing to one who was stopped between his look at its end and his write', () =>
    withFolder(async (folder) => {
      const first = await begin(folder);
      const second = await goOn(folder);
      const handle = await open(join(folder, 'any'), 'w');
      const proto = Object.getPrototypeOf(handle) as typeof handle;
      await handle.close();
      const { write } = proto;
      const late = vi.spyOn(proto, 'write').mockImplementationOnce(async function (
        this: typeof handle,
        ...args: Parameters<typeof write>
      ) {
        expect(await second.append(entry(0), entry(1))).toMatchObject(done);
        return write.apply(this, args);
      } as typeof write);
      expect(await first.append(entry(3))).toMatchObject(conflict);
      late.mockRestore();
      expect(await kept(folder)).toEqual(all.slice(0, 3));
      expect(await second.append(entry(2))).toMatchObject(done);
      expect(await kept(folder)).toEqual(all.slice(0, 4));
    }));
});

describe('a journal', () => {
  const file = (folder: string): string => join(folder, 'rollouts', `${id}.jsonl`);

  it('of the version before is gone on with', () =>
    withFolder(async (folder) => {
      await (await begin(folder)).close();
      await writeFile(
        file(folder),
        all
          .slice(0, 3)
          .map((one) => `${formatEntry(one)}\n`)
          .join(''),
      );
      expect(await (await goOn(folder)).append(entry(2))).toMatchObject(done);
      expect(await kept(folder)).toEqual(all.slice(0, 4));
    }));

  it('is gone on with behind a torn write, by whoever tore it and by others', () =>
    withFolder(async (folder) => {
      const first = await begin(folder);
      await appendFile(file(folder), formatEntry(entry(0)).slice(0, 30));
      expect(await first.append(entry(0))).toMatchObject(done);
      await appendFile(file(folder), formatEntry(entry(1)).slice(0, 20));
      expect(await kept(folder)).toEqual(all.slice(0, 2));
      expect(await (await goOn(folder)).append(entry(1), entry(2))).toMatchObject(done);
      expect(await kept(folder)).toEqual(all.slice(0, 4));
    }));

  it('is damaged where a line in the midst of it is none', () =>
    withFolder(async (folder) => {
      await (await begin(folder)).close();
      await appendFile(file(folder), 'what is this\n');
      expect(await kept(folder)).toMatchObject({ kind: 'usage' });
    }));

  it('has each line of it as JSON, with the place where it counts', () =>
    withFolder(async (folder) => {
      const journal = await begin(folder);
      await journal.append(entry(0));
      const lines = (await readFile(file(folder), 'utf8')).trimEnd().split('\n');
      const [first = '', second = ''] = lines;
      expect(JSON.parse(first)).toMatchObject({ type: 'opened', offset: 0, skips: 0 });
      expect(JSON.parse(second)).toMatchObject({ offset: Buffer.byteLength(first) + 1, skips: 0 });
    }));
});
