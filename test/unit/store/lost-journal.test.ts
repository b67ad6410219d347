import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/rollout/state/journal.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { withFolder } from '../../support/drain-command.ts';

const entry: JournalEntry = { v: 1, atMs: 1, type: 'paused', reason: 'asked to' };

/** What an open journal says to a write after `happens` to its folder or its file. */
const writeAfter = (happens: (folder: string, file: string) => Promise<void>) =>
  withFolder(async (parent) => {
    const folder = join(parent, 'state');
    const journal = await createFileStore(folder).create('r1');
    if (!journal.ok) throw new Error(journal.failure.what);
    expect(await journal.value.append(entry)).toMatchObject({ ok: true });
    await happens(folder, join(folder, 'rollouts/r1.jsonl'));
    return journal.value.append(entry);
  });

/** The open file takes every write all the same: without a look at its name nobody would know. */
describe('an open journal', () => {
  it.each<[string, (folder: string, file: string) => Promise<void>]>([
    ['its folder is removed', (folder) => rm(folder, { recursive: true })],
    ['it is removed', (_, file) => rm(file)],
    ['it is moved away', (_, file) => rename(file, `${file}.old`)],
    ['its folder is moved away', (folder) => rename(folder, `${folder}.old`)],
    [
      'another file has its name',
      async (_, file) => {
        await rm(file);
        await writeFile(file, '');
      },
    ],
  ])('cannot be written any more when %s', async (_, happens) => {
    const written = await writeAfter(happens);
    if (written.ok) throw new Error('it was written');
    expect(written.failure.what).toContain('it has been removed');
    expect(written.failure.next).toContain('--state');
  });

  it('is written where nothing has happened', async () => {
    expect(await writeAfter(async () => {})).toMatchObject({ ok: true });
  });
});
