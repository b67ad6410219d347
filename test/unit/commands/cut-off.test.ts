import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cutOffFinder } from '../../../src/control/resume/find-cut-off.ts';
import { resourcesOf } from '../../../src/domain/rollout/rollout-locks.ts';
import type { JournalBody } from '../../../src/rollout/state/journal.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { createFileLocks } from '../../../src/store/folder/locks/file-locks.ts';
import { processLockTools } from '../../../src/store/folder/locks/lock-tools.ts';
import { withFolder } from '../../support/drain-command.ts';
import { journalEntries } from '../../support/journal-entries.ts';

const find = async (findCutOff: ReturnType<typeof cutOffFinder>) => {
  const found = await findCutOff();
  return found.ok ? found.value : found.failure;
};
const end = (exitCode: number): JournalBody => ({
  ...{ type: 'ended', outcome: exitCode === 0 ? 'done' : 'held', exitCode, message: 'm' },
});
const [head] = journalEntries('any');
const resources = resourcesOf(head.plan, head.access);

describe('what was cut off', () => {
  it('is what has no end or was shut down, and has nobody who carries it out', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      const begin = async (id: string, ...bodies: readonly JournalBody[]) => {
        const journal = await store.create(id);
        if (!journal.ok) throw new Error(journal.failure.what);
        for (const entry of journalEntries(id)) await journal.value.append(entry);
        for (const body of bodies) await journal.value.append({ ...body, v: 1, atMs: 9 });
        await journal.value.close();
      };
      await begin('crashed');
      await begin('shut-down', end(143));
      await begin('interrupted', end(130));
      await begin('in-conflict', end(6));
      await begin('over', end(0));
      await begin('paused', { type: 'paused', reason: 'asked to' });
      await begin('at-a-manual-step', { type: 'paused', reason: 'x', manualStep: 1 });
      const findCutOff = cutOffFinder(store, () => {});
      const expected = [
        { rollout: 'shut-down', isPaused: false },
        { rollout: 'paused', isPaused: true },
        { rollout: 'crashed', isPaused: false },
        { rollout: 'at-a-manual-step', isPaused: false },
      ].map((one) => ({ ...one, resources, isPerhapsRunning: false }));
      expect(await find(findCutOff)).toEqual(expected);
      // What is known of some of them does not change the answer.
      expect(await find(findCutOff)).toEqual(expected);

      const [opened] = journalEntries('crashed');
      const lock = await store.lock(resourcesOf(opened.plan, opened.access), 'crashed');
      if (!lock.ok) throw new Error(lock.failure.what);
      const others = expected.filter(({ rollout }) => rollout !== 'crashed');
      expect(await find(findCutOff)).toEqual(others);
      await lock.value.release();
      expect(await find(findCutOff)).toEqual(expected);
    }));

  it('may run elsewhere, which its lock tells whoever asks once only', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      const [opened] = journalEntries('away');
      const journal = await store.create('away');
      if (!journal.ok) throw new Error(journal.failure.what);
      await journal.value.append(opened);
      await journal.value.close();
      const place = async () => ({ host: 'f00d', boot: 'b', pidNamespace: 'pid:[2]' });
      const elsewhere = createFileLocks(join(folder, 'locks'), {
        tools: { ...processLockTools, place },
      });
      const lock = await elsewhere.lock(resourcesOf(opened.plan, opened.access), 'away');
      if (!lock.ok) throw new Error(lock.failure.what);
      expect(await find(cutOffFinder(store, () => {}))).toEqual([]);
      expect(await find(cutOffFinder(store, () => {}, { asksLocks: true }))).toEqual([
        { rollout: 'away', resources, isPaused: false, isPerhapsRunning: true },
      ]);
      await lock.value.release();
    }));
});
