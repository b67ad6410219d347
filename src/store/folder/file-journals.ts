import {
  access,
  constants,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { isRolloutId } from '../../domain/rollout/rollout-id.ts';
import type { Journal, Store } from '../../rollout/ports.ts';
import { formatEntry, parseJournal } from '../journal-schema.ts';
import { codeOf, gone, stateFailure } from './folder-failure.ts';
import { syncFolder } from './whole-files.ts';

/** Journals as files of one JSON entry a line, synced to disk entry by entry, for their owner alone. */
export function createFileJournals(
  directory: string,
  rollouts: string,
): Pick<Store, 'create' | 'open' | 'read' | 'list'> {
  const fileOf = (rollout: string): string => join(rollouts, `${rollout}.jsonl`);

  const parse = async (rollout: string) => {
    if (!isRolloutId(rollout)) return fail(unknownRollout(rollout, directory));
    const file = fileOf(rollout);
    try {
      return parseJournal(await readFile(file, 'utf8'), file);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return fail(unknownRollout(rollout, directory));
      return fail(stateFailure(file, error as Error));
    }
  };

  return {
    async create(rollout) {
      return guarded(rollouts, async () => {
        await mkdir(rollouts, { recursive: true, mode: 0o700 });
        const journal = await openJournal(fileOf(rollout), 'ax');
        // A file that a crash takes out of its folder again would be no journal.
        await syncFolder(rollouts);
        return journal;
      });
    },
    async open(rollout) {
      const read = await parse(rollout);
      if (!read.ok) return read;
      return guarded(fileOf(rollout), async () => {
        const journal = await openJournal(fileOf(rollout), 'r+', read.value.wholeBytes);
        return { journal, entries: read.value.entries };
      });
    },
    async read(rollout) {
      const read = await parse(rollout);
      return read.ok ? ok(read.value.entries) : read;
    },
    async list() {
      try {
        const files = (await readdir(rollouts)).filter((file) => file.endsWith('.jsonl'));
        return ok(
          files
            .map((file) => file.slice(0, -'.jsonl'.length))
            .sort()
            .reverse(),
        );
      } catch (error) {
        return codeOf(error) === 'ENOENT' ? ok([]) : fail(stateFailure(rollouts, error as Error));
      }
    },
  };
}

async function openJournal(file: string, flags: string, wholeBytes?: number): Promise<Journal> {
  const handle = await open(file, flags, 0o600);
  if (wholeBytes !== undefined) await handle.truncate(wholeBytes);
  let position = wholeBytes ?? 0;
  return {
    append: (...entries) =>
      guarded(file, async () => {
        const lines = Buffer.from(entries.map((entry) => `${formatEntry(entry)}\n`).join(''));
        let written = 0;
        while (written < lines.length) {
          const { bytesWritten } = await handle.write(
            lines,
            written,
            lines.length - written,
            position + written,
          );
          written += bytesWritten;
        }
        await handle.datasync();
        await checkStillThere(file, handle);
        position += lines.length;
      }),
    // Every entry is on disk already.
    close: () => handle.close().catch(() => {}),
  };
}

/**
 * Throws where nobody will find the writes of an open file again, which goes on taking them: after it
 * was removed or moved away, and with some file systems after a remount as read-only.
 */
async function checkStillThere(file: string, handle: FileHandle): Promise<void> {
  await access(file, constants.W_OK);
  if ((await handle.stat()).nlink === 0) throw new Error(gone);
}

async function guarded<T>(file: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return fail(stateFailure(file, error as Error));
  }
}

const unknownRollout = (rollout: string, directory: string): Failure => ({
  kind: 'usage',
  what: `there is no rollout "${printable(rollout)}" in ${printable(directory)}`,
  next: 'drain history lists them; --state DIR says where to look',
});
