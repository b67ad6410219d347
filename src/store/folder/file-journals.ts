import { access, constants, type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { takenOverAdvice } from '../../domain/rollout/lock-refusal.ts';
import { isRolloutId } from '../../domain/rollout/rollout-id.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { randomHex } from '../../files/hex.ts';
import type { Journal, Store } from '../../rollout/ports.ts';
import { unknownAdvice } from '../unknown-rollout.ts';
import { traceFile } from './file-traces.ts';
import { codeOf, gone, stateFailure } from './folder-failure.ts';
import { createListing } from './folder-listing.ts';
import { type Chain, chainOf, type LongLine, longLineOf, markedLines } from './journal-chain.ts';
import { makeLasting, syncFolder } from './whole-files.ts';

/** The forms of entries, which a command that reads no journal does not load. */
const entrySchemas = () => import('../journal-schema.ts');

/** The most that is read of a journal: a rollout of 100 directors writes a few megabytes. */
const mostBytes = 64 * 1024 * 1024;
/** The most that a plan may take of it: the rest is for what becomes of it. */
const mostPlanBytes = mostBytes / 2;

/** The most that any other line has, or as much as its plan. */
const mostLineBytes = 4 * 1024 * 1024;

const tooLong = ({ bytes }: LongLine): string =>
  `this line has ${Math.ceil(bytes / 1e6)} MB, which no entry of a rollout has`;

const tooLarge = (bytes: number): string =>
  `it has ${Math.ceil(bytes / 1e6)} MB, and no rollout writes more than ${Math.floor(mostBytes / 1e6)}`;

/** Journals as files of one JSON entry a line, synced to disk entry by entry, for their owner alone. */
export function createFileJournals(
  directory: string,
  rollouts: string,
  renew: (rollout: string) => Promise<Failure | undefined> = async () => undefined,
): Pick<Store, 'create' | 'open' | 'read' | 'list' | 'remove'> {
  const fileOf = (rollout: string): string => join(rollouts, `${rollout}.jsonl`);
  const listed = createListing(rollouts, '.jsonl');

  const parse = async (rollout: string) => {
    if (!isRolloutId(rollout)) return fail(unknownRollout(rollout, directory));
    const file = fileOf(rollout);
    const { parseBitByBit, unreadableJournal } = await entrySchemas();
    try {
      const { size } = await stat(file);
      if (size > mostBytes) return fail(unreadableJournal(tooLarge(size), file));
      const bytes = await readFile(file);
      const long = longLineOf(bytes, { plan: mostPlanBytes, rest: mostLineBytes });
      if (long) return fail(unreadableJournal(tooLong(long), `${file}:${long.line}`));
      const chain = chainOf(bytes);
      if (chain.text === '') return fail(await emptyJournal(file));
      const parsed = await parseBitByBit(chain.text, file);
      return parsed.ok ? ok({ entries: parsed.value.entries, chain }) : parsed;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return fail(unknownRollout(rollout, directory));
      return fail(stateFailure(file, error as Error));
    }
  };

  return {
    async create(rollout) {
      return guarded(rollouts, async () => {
        await makeLasting(rollouts);
        const journal = await openJournal({
          file: fileOf(rollout),
          flags: 'ax+',
          end: { endBytes: 0, restBytes: 0 },
          renew: () => renew(rollout),
        });
        // A file that a crash takes out of its folder again would be no journal.
        await syncFolder(rollouts);
        return journal;
      });
    },
    async open(rollout) {
      const read = await parse(rollout);
      if (!read.ok) return read;
      return guarded(fileOf(rollout), async () => {
        const journal = await openJournal({
          file: fileOf(rollout),
          flags: 'a+',
          end: read.value.chain,
          renew: () => renew(rollout),
        });
        return { journal, entries: read.value.entries };
      });
    },
    async read(rollout) {
      const read = await parse(rollout);
      return read.ok ? ok(read.value.entries) : read;
    },
    async remove(rollout) {
      if (!isRolloutId(rollout)) return ok(undefined);
      const file = fileOf(rollout);
      const lost = await guarded(file, () => renew(rollout));
      if (!lost.ok) return lost;
      if (lost.value) return fail(lost.value);
      return guarded(file, async () => {
        // The journal first: a trace without one is in no list.
        await rm(file, { force: true });
        await rm(traceFile(rollouts, rollout), { force: true });
      });
    },
    async list(most) {
      try {
        const ids = await listed();
        return ok(most === undefined ? ids : ids.slice(0, most));
      } catch (error) {
        return codeOf(error) === 'ENOENT' ? ok([]) : fail(stateFailure(rollouts, error as Error));
      }
    },
  };
}

interface Opened {
  readonly file: string;
  /** `ax+` creates a journal, `a+` goes on with one. Appending alone is one step for the kernel. */
  readonly flags: 'ax+' | 'a+';
  /** The end of the last line that counts, and the bytes behind it. */
  readonly end: Pick<Chain, 'endBytes' | 'restBytes'>;
  /** Tells why the rollout's lock may be over. */
  readonly renew: () => Promise<Failure | undefined>;
}

async function openJournal({ file, flags, end, renew }: Opened): Promise<Journal> {
  const handle = await open(file, flags, 0o600);
  const by = randomHex(6);
  let { endBytes, restBytes } = end;

  /** Looks at what has come behind the last known end; false where another writer has gone on. */
  const isStillOurs = async (): Promise<boolean> => {
    const { size } = await handle.stat();
    if (size === endBytes + restBytes) return true;
    if (size < endBytes) return false;
    const { writers } = chainOf(await bytesFrom(handle, endBytes, size), endBytes);
    // The first entries of an own write that failed: all of them are written again.
    if ([...writers].some((writer) => writer !== by)) return false;
    restBytes = size - endBytes;
    return true;
  };

  /** A rollout that could not begin is to leave nothing that looks like one. */
  const leaveNothing = async (): Promise<void> => {
    if (endBytes > 0) return;
    const [own, there] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)]);
    if (there?.ino === own.ino) await rm(file, { force: true }).catch(() => {});
  };

  return {
    async append(...entries) {
      const lost = await guarded(file, renew);
      const refused = lost.ok ? lost.value : lost.failure;
      if (refused) {
        await leaveNothing();
        return fail(refused);
      }
      const { formatEntry } = await entrySchemas();
      const lines = entries.map(formatEntry);
      const [begin = ''] = lines;
      if (endBytes === 0 && begin.length > mostPlanBytes) {
        await rm(file, { force: true });
        return fail(planTooLarge(begin.length));
      }
      const written = await guarded(file, async (): Promise<'written' | 'late'> => {
        if (!(await isStillOurs())) return 'late';
        const rest = await bytesFrom(handle, endBytes, endBytes + restBytes);
        const { text, offset } = markedLines(lines, { endBytes, rest, by });
        const bytes = Buffer.from(text);
        for (let done = 0; done < bytes.length; ) {
          done += (await handle.write(bytes, done)).bytesWritten;
        }
        await handle.datasync();
        await checkStillThere(file, handle);
        const found = await bytesFrom(handle, offset, offset + bytes.length);
        if (!found.equals(bytes)) return 'late';
        endBytes = offset + bytes.length;
        restBytes = 0;
        return 'written';
      });
      if (!written.ok) {
        await leaveNothing();
        return written;
      }
      return written.value === 'written' ? ok(undefined) : fail(writtenByAnother(file));
    },
    // Every entry is on disk already.
    close: () => handle.close().catch(() => {}),
  };
}

async function bytesFrom(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return bytes.subarray(0, bytesRead);
}

/**
 * Throws where nobody will find the writes of an open file again, which goes on taking them: after it
 * was removed or moved away, and with some file systems after a remount as read-only.
 */
async function checkStillThere(file: string, handle: FileHandle): Promise<void> {
  await access(file, constants.W_OK);
  if ((await handle.stat()).ino !== (await stat(file)).ino) throw new Error(gone);
}

async function guarded<T>(file: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return fail(stateFailure(file, error as Error));
  }
}

const planTooLarge = (bytes: number): Failure => ({
  kind: 'usage',
  what: `the plan has ${Math.ceil(bytes / 1e6)} MB, which no journal takes`,
  next: 'take fewer services (--service), or fewer steps (a longer --every)',
});

/** The failure of a journal without an entry, as a crash at the very beginning leaves it. */
const emptyJournal = async (file: string): Promise<Failure> => ({
  ...(await entrySchemas()).unreadableJournal(
    'it has no entry, so nothing was changed by its rollout',
    file,
  ),
  next: `take it away with: rm ${shellWord(file)}`,
});

const unknownRollout = (rollout: string, directory: string): Failure => ({
  kind: 'usage',
  code: 'no-such-rollout',
  what: `there is no rollout "${printable(rollout)}" in ${printable(directory)}`,
  next: unknownAdvice,
});

const writtenByAnother = (file: string): Failure => ({
  kind: 'conflict',
  what: `another process writes the journal ${printable(file)}: it has gone on with this rollout`,
  next: takenOverAdvice,
});
