import {
  access,
  constants,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { ControlRequest, Journal, Store } from '../../rollout/ports.ts';
import { parseControlRequest } from '../control-request.ts';
import { formatEntry, parseJournal } from '../journal-schema.ts';
import { isRolloutId } from '../rollout-id.ts';
import { createFileArounds } from './file-arounds.ts';
import { createFileLocks } from './file-locks.ts';
import { createFileMarks } from './file-marks.ts';
import { createFileTraces } from './file-traces.ts';
import { syncFolder } from './whole-files.ts';

/**
 * Journals as files of one JSON entry a line, synced to disk entry by entry, for their owner alone:
 * `DIR/rollouts/ID.jsonl`, with `ID.ask` beside it for what another terminal asks and `ID.trace` for
 * pictures, locks under `DIR/locks`, out-of-service marks under `DIR/out` and what `drain around` does under `DIR/arounds`.
 */
export function createFileStore(directory: string): Store {
  const rollouts = join(directory, 'rollouts');
  const fileOf = (rollout: string): string => join(rollouts, `${rollout}.jsonl`);
  const locks = createFileLocks(join(directory, 'locks'));
  const traces = createFileTraces(rollouts);

  const parse = async (rollout: string) => {
    if (!isRolloutId(rollout)) return fail(unknownRollout(rollout, directory));
    const file = fileOf(rollout);
    try {
      return parseJournal(await readFile(file, 'utf8'), file);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return fail(unknownRollout(rollout, directory));
      return fail(unusable(file, error));
    }
  };

  return {
    ...locks,
    ...traces,
    marks: createFileMarks(join(directory, 'out')),
    arounds: createFileArounds(join(directory, 'arounds')),
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
        return codeOf(error) === 'ENOENT' ? ok([]) : fail(unusable(rollouts, error));
      }
    },
    async ask(rollout, request) {
      const asked = join(rollouts, `${rollout}.ask`);
      return guarded(asked, async () => {
        await writeFile(`${asked}.${process.pid}`, JSON.stringify(request), { mode: 0o600 });
        await rename(`${asked}.${process.pid}`, asked);
      });
    },
    inbox: (rollout) => createInbox(join(rollouts, `${rollout}.ask`)),
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
 * What was opened goes on taking writes when nobody will find them again: after the file was removed
 * or moved away, and with some file systems after a remount as read-only.
 */
async function checkStillThere(file: string, handle: FileHandle): Promise<void> {
  await access(file, constants.W_OK);
  if ((await handle.stat()).nlink === 0) throw new Error(gone);
}

const gone = 'it has been removed';

function createInbox(file: string) {
  return {
    async take(): Promise<ControlRequest | undefined> {
      try {
        const text = await readFile(file, 'utf8');
        await rm(file, { force: true });
        return parseControlRequest(text);
      } catch {
        // Nothing asked, which is how it is nearly always; or a disk in trouble, which the
        // journal will say.
        return undefined;
      }
    },
  };
}

async function guarded<T>(file: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return fail(unusable(file, error));
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOENT: gone,
  ENOTDIR: 'a part of the path is no folder',
};

const unusable = (file: string, error: unknown): Failure => ({
  kind: 'preflight',
  what: `the state cannot be kept in ${printable(file)}: ${reasons[codeOf(error) ?? ''] ?? printable((error as Error).message)}`,
  next: 'make room or give another folder with --state DIR',
});

const unknownRollout = (rollout: string, directory: string): Failure => ({
  kind: 'usage',
  what: `there is no rollout "${printable(rollout)}" in ${printable(directory)}`,
  next: 'drain history lists them; --state DIR says where to look',
});
