import { chmod, chown, link, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { randomHex, sha256Hex } from '../../files/hex.ts';
import type { ConfFiles, JobFile } from './conf-host.ts';
import { glob } from './glob.ts';
import type { ConfJob } from './job.ts';
import { parseJob } from './job-schema.ts';
import { lockFile } from './local-lock.ts';

/**
 * The files of keepalived's configuration on this machine. What an edit lays beside a file is hidden, so that
 * no include's `*` names it.
 */
export const localFiles: ConfFiles = {
  read: (path) => attempt(path, 'read', () => ifThere(readFile(path, 'latin1'))),
  included: (pattern, folder) =>
    attempt(join(folder, pattern), 'read', () => glob(pattern, folder)),
  readJob: async (path) => {
    const file = jobPath(path);
    const text = await attempt(file, 'read', () => ifThere(readFile(file, 'utf8')));
    if (!text.ok || text.value === undefined) return text.ok ? ok(undefined) : text;
    return parseJob(text.value, file);
  },
  writeJob: (job) => {
    const file = jobPath(job.path);
    return attempt(file, 'written', () =>
      writeLasting(file, `${JSON.stringify({ v: 1, ...job })}\n`),
    );
  },
  readJobFile: (job, which) => {
    const file = besideOf(job, which);
    return attempt(file, 'read', () => ifThere(readFile(file, 'latin1')));
  },
  writeDraft: (job, text) => {
    const file = besideOf(job, 'draft');
    return attempt(file, 'written', () => writeLike(job.path, file, text));
  },
  swap: async (job) => {
    const backup = besideOf(job, 'backup');
    const kept = await attempt(backup, 'written', async () => {
      await rm(backup, { force: true });
      await keepAs(job.path, backup);
      return readFile(backup, 'latin1');
    });
    if (!kept.ok) return kept;
    if (sha256Hex(kept.value) !== job.before) return fail(changedMeanwhile(job));
    return replace(job, 'draft');
  },
  putBack: async (job) => {
    const now = await attempt(job.path, 'read', () => readFile(job.path, 'latin1'));
    if (!now.ok) return now;
    if (sha256Hex(now.value) !== job.after) return fail(changedMeanwhile(job));
    return replace(job, 'backup');
  },
  endJob: (job, { keepsBackup }) =>
    attempt(jobPath(job.path), 'removed', async () => {
      await rm(besideOf(job, 'draft'), { force: true });
      if (!keepsBackup) await rm(besideOf(job, 'backup'), { force: true });
      for (const old of await oldBackups(job.path)) await rm(old, { force: true });
      await rm(jobPath(job.path), { force: true });
      await syncFolder(dirname(job.path));
    }),
  withTextBeside: async (path, text, use) => {
    const file = hidden(path, `${randomHex(4)}.drain-try`);
    try {
      const written = await attempt(file, 'written', () => writeLike(path, file, text));
      return written.ok ? await use(file) : written;
    } finally {
      await rm(file, { force: true }).catch(() => {});
    }
  },
  lock: lockFile,
  backupOf: (job) => besideOf(job, 'backup'),
};

/** The same file under a second name: what somebody writes into it meanwhile is seen there. */
async function keepAs(path: string, name: string): Promise<void> {
  try {
    await link(path, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    await writeLike(path, name, await readFile(path, 'latin1'));
  }
}

const replace = (job: ConfJob, by: JobFile): Promise<Result<void>> =>
  attempt(job.path, 'replaced', async () => {
    await rename(besideOf(job, by), job.path);
    await syncFolder(dirname(job.path));
  });

const changedMeanwhile = ({ path }: ConfJob): Failure => ({
  kind: 'conflict',
  what: `${printable(path)} was changed by somebody else while it was edited`,
  next: 'see what is in it now, and run the command again',
});

const hidden = (path: string, rest: string): string =>
  join(dirname(path), `.${basename(path)}.${rest}`);

const mostBackups = 10;

/** The backups of a file but for the latest: their names begin with their time. */
async function oldBackups(path: string): Promise<readonly string[]> {
  const begin = `.${basename(path)}.`;
  const names = (await readdir(dirname(path))).filter(
    (name) =>
      name.startsWith(begin) &&
      /^\d{8}T\d{6}-[0-9a-f]{6}\.drain-backup$/.test(name.slice(begin.length)),
  );
  return names
    .sort()
    .slice(0, -mostBackups)
    .map((name) => join(dirname(path), name));
}

const jobPath = (path: string): string => hidden(path, 'drain-job');

const besideOf = ({ path, id }: ConfJob, which: JobFile): string =>
  hidden(path, `${id}.drain-${which === 'backup' ? 'backup' : 'new'}`);

/** Writes a file whole, with the owner and mode of another one. */
async function writeLike(path: string, file: string, text: string): Promise<void> {
  const like = await stat(path);
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text, 'latin1');
    await handle.sync();
  } finally {
    await handle.close();
  }
  const own = await stat(file);
  if (own.uid !== like.uid || own.gid !== like.gid) await chown(file, like.uid, like.gid);
  await chmod(file, like.mode & 0o7777);
}

/** Writes a file for its owner alone; it is on disk, whole, when the write resolves. */
async function writeLasting(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function attempt<T>(
  path: string,
  done: 'read' | 'written' | 'replaced' | 'removed',
  work: () => Promise<T>,
): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return fail(failureOf(path, done, error as NodeJS.ErrnoException));
  }
}

function failureOf(path: string, done: string, { code, message }: NodeJS.ErrnoException): Failure {
  const why = fileErrors[code ?? ''] ?? printable(message);
  return {
    kind: 'preflight',
    what: `${printable(path)} cannot be ${done}: ${why}`,
    next: nexts[code ?? ''] ?? 'mend that, and run the command again',
  };
}

const fileErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'there is no permission',
  EPERM: 'there is no permission',
  EROFS: 'the file system is read-only',
  ENOENT: 'it is not there',
};

const nexts: Readonly<Record<string, string>> = {
  ENOSPC: 'make room, and run the command again',
  EACCES: 'run the command as root',
  EPERM: 'run the command as root',
};
