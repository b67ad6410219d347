import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, fail, ok } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { commandText } from '../../domain/rollout/rollout-status.ts';
import { startTicksOf } from '../../processes/process-identity.ts';
import type { LockHolder, Store } from '../../rollout/ports.ts';

interface LockFile extends LockHolder {
  /** The start of the process in clock ticks since boot (proc(5), field 22): tells a process number that was used again. */
  readonly startTicks: string;
  readonly released: boolean;
}

/** A momentary lock is kept for two runs of ipvsadm; a slow one may take seconds. */
const longestMomentMs = 10_000;

/** A file name has at most 255 bytes (NAME_MAX), and the words that call ipvsadm may be many. */
function fileNameOf(resource: string): string {
  const name = encodeURIComponent(resource);
  if (name.length <= 200) return name;
  return `${name.slice(0, 100)}-${createHash('sha256').update(resource).digest('hex')}`;
}

interface Generation {
  readonly number: number;
  readonly file: string;
}

/**
 * Locks as files `RESOURCE.N`, of which the one with the highest N counts. A lock that was released,
 * or whose holder has died, is not removed but overtaken, by making N + 1 with link(2): that fails
 * for all but one of those who try at the same time, whatever they believe they saw.
 */
export function createFileLocks(directory: string): Pick<Store, 'lock' | 'holder'> {
  const generations = async (resource: string): Promise<readonly Generation[]> => {
    const prefix = `${fileNameOf(resource)}.`;
    return (await readdir(directory))
      .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .map((name) => ({ number: Number(name.slice(prefix.length)), file: join(directory, name) }))
      .sort((a, b) => b.number - a.number);
  };
  const fileOf = (resource: string, generation: number): string =>
    join(directory, `${fileNameOf(resource)}.${generation}`);

  const take = async (resource: string, mine: LockFile): Promise<LockFile | Generation> => {
    const draft = join(directory, `draft-${randomBytes(8).toString('hex')}`);
    await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
    const deadlineMs = performance.now() + longestMomentMs;
    try {
      for (;;) {
        const [latest] = await generations(resource);
        const holder = latest && (await readLock(latest.file));
        if (holder && (await isLocked(holder))) {
          if (!holder.momentary || performance.now() > deadlineMs) return holder;
          await sleep(20);
          continue;
        }
        const number = (latest?.number ?? 0) + 1;
        const file = fileOf(resource, number);
        if (!(await linked(draft, file))) continue;
        // Somebody may have been through this and cleaned up since `latest` was read.
        const [highest, ...older] = await generations(resource);
        if (highest?.number === number) {
          for (const one of older) await rm(one.file, { force: true });
          return { number, file };
        }
        await rm(file, { force: true });
      }
    } finally {
      await rm(draft, { force: true });
    }
  };

  const release = async (file: string, mine: LockFile): Promise<void> => {
    const draft = join(directory, `draft-${randomBytes(8).toString('hex')}`);
    await writeFile(draft, JSON.stringify({ ...mine, released: true }), { mode: 0o600 });
    await rename(draft, file);
  };

  return {
    async lock(resources, rollout, { momentary = false } = {}) {
      const startTicks = (await startTicksOf(process.pid)) ?? '';
      const mine: LockFile = {
        rollout,
        startTicks,
        pid: process.pid,
        sinceMs: Date.now(),
        released: false,
        momentary: momentary || undefined,
      };
      const taken: string[] = [];
      const releaseAll = async (): Promise<void> => {
        // A lock that cannot be given back is free as soon as this process has ended.
        for (const file of taken) await release(file, mine).catch(() => {});
      };
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        for (const resource of [...new Set(resources)].sort()) {
          const result = await take(resource, mine);
          if ('pid' in result) {
            await releaseAll();
            return fail(lockedBy(resource, result));
          }
          taken.push(result.file);
        }
        return ok({ release: releaseAll });
      } catch (error) {
        await releaseAll();
        return fail({
          kind: 'preflight',
          what: `the locks cannot be kept in ${printable(directory)}: ${printable((error as Error).message)}`,
          next: 'give another folder with --state DIR',
        });
      }
    },
    async holder(resource) {
      try {
        const [latest] = await generations(resource);
        const holder = latest && (await readLock(latest.file));
        return holder && (await isLocked(holder)) ? holder : undefined;
      } catch {
        // No folder: nobody has ever locked anything.
        return undefined;
      }
    },
  };
}

/** Links a file to a name; false when the name is taken. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readLock(file: string): Promise<LockFile | undefined> {
  try {
    const lock = JSON.parse(await readFile(file, 'utf8')) as LockFile;
    return typeof lock.pid === 'number' && typeof lock.startTicks === 'string' ? lock : undefined;
  } catch {
    return undefined;
  }
}

const isLocked = async ({ pid, startTicks, released }: LockFile): Promise<boolean> =>
  !released && (await startTicksOf(pid)) === startTicks;

const lockedBy = (resource: string, holder: LockHolder): Failure => ({
  kind: 'conflict',
  what: `${resource} is in rollout ${holder.rollout} (process ${holder.pid}) since ${new Date(holder.sinceMs).toISOString()}`,
  next: `wait for it, or ask it to go back: ${commandText(['rollback', holder.rollout])}`,
});
