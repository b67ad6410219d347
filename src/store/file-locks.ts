import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Failure, fail, ok } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import type { LockHolder, Store } from '../rollout/ports.ts';

interface LockFile extends LockHolder {
  readonly resource: string;
  /** When the process started, in clock ticks since boot (proc(5), field 22): tells a process number that was used again. */
  readonly startTicks: string;
}

/**
 * One file a resource, which exists while somebody holds it. A holder is believed only while its
 * process lives, so that a crash blocks nobody.
 */
export function createFileLocks(directory: string): Pick<Store, 'lock' | 'holder'> {
  const fileOf = (resource: string): string => join(directory, encodeURIComponent(resource));

  /** The lock as it stands, dead or alive. */
  const readLock = async (file: string): Promise<LockFile | undefined> => {
    try {
      const lock = JSON.parse(await readFile(file, 'utf8')) as LockFile;
      return typeof lock.pid === 'number' && typeof lock.startTicks === 'string' ? lock : undefined;
    } catch {
      return undefined;
    }
  };

  const take = async (resource: string, rollout: string): Promise<LockFile | undefined> => {
    const file = fileOf(resource);
    const mine: LockFile = {
      resource,
      rollout,
      pid: process.pid,
      startTicks: (await startTicksOf(process.pid)) ?? '',
      sinceMs: Date.now(),
    };
    const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
    await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
    try {
      for (;;) {
        try {
          // A link appears whole or not at all, and fails where there is one.
          await link(draft, file);
          return undefined;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        }
        const held = await readLock(file);
        if (held && (await isAlive(held))) return held;
        await clearDead(file, held, `${draft}.dead`);
      }
    } finally {
      await rm(draft, { force: true });
      await rm(`${draft}.dead`, { force: true });
    }
  };

  /**
   * Of several who find the same dead lock only one can move it away. Whoever moved a living one,
   * because another was quicker to clear and take, puts it back.
   */
  const clearDead = async (file: string, dead: LockFile | undefined, aside: string) => {
    try {
      await rename(file, aside);
    } catch {
      return;
    }
    const moved = await readLock(aside);
    if (moved && (moved.pid !== dead?.pid || moved.startTicks !== dead.startTicks)) {
      await link(aside, file).catch(() => {});
    }
  };

  return {
    async lock(resources, rollout) {
      const taken: string[] = [];
      const release = async (): Promise<void> => {
        for (const resource of taken) await rm(fileOf(resource), { force: true });
      };
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        for (const resource of [...new Set(resources)].sort()) {
          const held = await take(resource, rollout);
          if (held) {
            await release();
            return fail(heldBy(resource, held));
          }
          taken.push(resource);
        }
        return ok({ release });
      } catch (error) {
        await release();
        return fail({
          kind: 'preflight',
          what: `the locks cannot be kept in ${printable(directory)}: ${printable((error as Error).message)}`,
          next: 'give another folder with --state DIR',
        });
      }
    },
    async holder(resource) {
      const held = await readLock(fileOf(resource));
      return held && (await isAlive(held)) ? held : undefined;
    },
  };
}

/** `undefined` when there is no such process, or no /proc to tell. */
async function startTicksOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, is in parentheses and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

const isAlive = async ({ pid, startTicks }: LockFile): Promise<boolean> =>
  (await startTicksOf(pid)) === startTicks;

const heldBy = (resource: string, held: LockHolder): Failure => ({
  kind: 'conflict',
  what: `${resource} is in rollout ${held.rollout} (process ${held.pid}) since ${new Date(held.sinceMs).toISOString()}`,
  next: 'wait for it, or stop it with Ctrl-C or drain rollback',
});
