import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProcessPlace } from '../../../src/processes/process-place.ts';
import { createFileLocks } from '../../../src/store/folder/locks/file-locks.ts';
import type { LockFile } from '../../../src/store/folder/locks/lock-file.ts';
import { type LockTools, processLockTools } from '../../../src/store/folder/locks/lock-tools.ts';
import { withFolder } from '../../support/drain-command.ts';

const resource = 'tcp/10.0.0.100:80 on ipvsadm';
const first = `${encodeURIComponent(resource)}.1`;
const formerPid = 999_999_999;

/** Writes the lock of a holder that once was. */
async function lockOf(directory: string, place: ProcessPlace): Promise<string> {
  const lock: LockFile = {
    ...{ rollout: 'former', pid: formerPid, startTicks: '1', sinceMs: 0, place, owner: 'former' },
  };
  await mkdir(directory, { recursive: true });
  const file = join(directory, first);
  await writeFile(file, JSON.stringify(lock));
  return file;
}

/** Tools of a process that looks whether the former holder lives, and is overtaken while it does. */
const overtaken = (meanwhile: () => Promise<void>, more: Partial<LockTools> = {}): LockTools => ({
  ...processLockTools,
  ...more,
  async startTicksOf(pid) {
    if (pid !== formerPid) return processLockTools.startTicksOf(pid);
    await meanwhile();
    return undefined;
  },
});

describe('a process that is overtaken while it takes a lock', () => {
  it('by two others, one of which is through with it, is refused', () =>
    withFolder(async (folder) => {
      const directory = join(folder, 'locks');
      await lockOf(directory, await processLockTools.place());
      const other = createFileLocks(directory);
      let hasHappened = false;
      const tools = overtaken(async () => {
        if (hasHappened) return;
        hasHappened = true;
        const second = await other.lock([resource], 'r2');
        if (!second.ok) throw new Error(second.failure.what);
        await second.value.release();
        // Whoever comes third has cleaned up: the name that comes after the first is free again.
        expect((await other.lock([resource], 'r3')).ok).toBe(true);
      });
      const taken = await createFileLocks(directory, { tools }).lock([resource], 'r1');
      expect(hasHappened).toBe(true);
      expect(taken).toMatchObject({ ok: false, failure: { kind: 'conflict' } });
      expect(await other.holder(resource)).toMatchObject({ rollout: 'r3' });
      expect(await readdir(directory)).toEqual([first.replace(/1$/, '3')]);
    }));

  it('by the former holder, who gives a sign of life at the last moment, is refused', () =>
    withFolder(async (folder) => {
      const directory = join(folder, 'locks');
      const elsewhere = { host: 'lb2', machine: 'm2', boot: 'b2', pidNamespace: 'pid:[9]' };
      const file = await lockOf(directory, elsewhere);
      const beat = (atMs: number) => utimes(file, atMs / 1_000, atMs / 1_000);
      await beat(1_000_000);
      let nowMs = 0;
      const timing = {
        ...processLockTools.timing,
        nowMs: () => nowMs,
        sleep: async (ms: number) => {
          nowMs += ms;
        },
      };
      const back = async (): Promise<void> => {
        if (nowMs >= 10_000) await beat(2_000_000);
      };
      const tools = overtaken(back, { timing });
      const taken = await createFileLocks(directory, { tools }).lock([resource], 'r1');
      expect(taken).toMatchObject({ ok: false, failure: { kind: 'conflict' } });
      expect(await readdir(directory)).toEqual([first]);
    }));
});
