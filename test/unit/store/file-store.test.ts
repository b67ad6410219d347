import {
  appendFile,
  mkdir,
  open,
  readdir,
  readFile,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import type { JournalEntry } from '../../../src/rollout/state/journal.ts';
import { createFileJournals } from '../../../src/store/folder/file-journals.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { longLineOf } from '../../../src/store/folder/journal-chain.ts';
import { parseJournal } from '../../../src/store/journal-schema.ts';
import { withFolder } from '../../support/drain-command.ts';
import { until } from '../../support/eventually.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const { plan } = buildPlan(request({ from: '10.0.0.1', to: '10.0.0.2' }), [
  { director: 'local', snapshot: snapshotOf([wrrService([realServer('10.0.0.1', 4)])]) },
]);
if (!plan) throw new Error('no plan');
const opened: JournalEntry = {
  v: 1,
  atMs: 1,
  type: 'opened',
  rollout: 'r1',
  plan,
  access: [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }],
  startAtMs: 1,
};
const intended: JournalEntry = {
  v: 1,
  atMs: 2,
  type: 'intended',
  director: 'local',
  milestone: { kind: 'step', step: 0 },
};
const reached: JournalEntry = { ...intended, atMs: 3, type: 'reached' };

async function begin(folder: string, ...entries: readonly JournalEntry[]) {
  const store = createFileStore(folder);
  const journal = await store.create('r1');
  if (!journal.ok) throw new Error(journal.failure.what);
  for (const entry of entries)
    expect(await journal.value.append(entry)).toEqual({ ok: true, value: undefined });
  return store;
}

describe('a journal on disk', () => {
  it('gives back what was written, and is for its owner alone', () =>
    withFolder(async (folder) => {
      const store = await begin(folder, opened, intended, reached);
      expect(await store.read('r1')).toEqual({ ok: true, value: [opened, intended, reached] });
      expect((await stat(join(folder, 'rollouts/r1.jsonl'))).mode & 0o777).toBe(0o600);
      expect((await stat(join(folder, 'rollouts'))).mode & 0o777).toBe(0o700);
      expect(await store.list()).toEqual({ ok: true, value: ['r1'] });
    }));

  it('has an entry on the disk before it says so', () =>
    withFolder(async (folder) => {
      const probe = await open(join(folder, 'probe'), 'w');
      const methods = Object.getPrototypeOf(probe);
      await probe.close();
      const done: string[] = [];
      for (const method of ['write', 'datasync']) {
        const real = methods[method];
        vi.spyOn(methods, method).mockImplementation(async function (this: unknown, ...args) {
          const result = await real.apply(this, args);
          done.push(method);
          return result;
        });
      }
      try {
        const store = await begin(folder, opened);
        for (const entry of [intended, reached]) {
          done.length = 0;
          const journal = await store.open('r1');
          if (!journal.ok) throw new Error(journal.failure.what);
          await journal.value.journal.append(entry);
          await journal.value.journal.close();
          expect(done).toEqual(['write', 'datasync']);
        }
      } finally {
        vi.restoreAllMocks();
      }
    }));

  it('drops a torn last line, and goes on where the last whole entry ended', () =>
    withFolder(async (folder) => {
      const store = await begin(folder, opened, intended);
      const file = join(folder, 'rollouts/r1.jsonl');
      await appendFile(file, JSON.stringify(reached).slice(0, 20));
      const again = await store.open('r1');
      if (!again.ok) throw new Error(again.failure.what);
      expect(again.value.entries).toEqual([opened, intended]);
      await again.value.journal.append(reached);
      expect(await store.read('r1')).toEqual({ ok: true, value: [opened, intended, reached] });
    }));

  it('keeps sentences of a length that is read again, and reads those of any length', () =>
    withFolder(async (folder) => {
      const message = 'not empty after 10m: '.padEnd(10_000, '10.0.0.1:80 (1 connections), ');
      const ended = { v: 1, atMs: 3, type: 'ended', outcome: 'held', exitCode: 4 } as const;
      const back = { v: 1, atMs: 4, type: 'rollback-started', cause: 'gate', exitCode: 5 } as const;
      const store = await begin(
        folder,
        opened,
        { ...ended, message },
        { ...back, reason: `${'x'.repeat(4_094)}\u{1f6a6} more` },
      );
      expect(await store.read('r1')).toEqual({
        ok: true,
        value: [
          opened,
          { ...ended, message: `${message.slice(0, 4_095)}…` },
          { ...back, reason: `${'x'.repeat(4_094)}…` },
        ],
      });
      const line = `${JSON.stringify({ ...ended, message })}\n`;
      await appendFile(join(folder, 'rollouts/r1.jsonl'), line);
      const read = await store.read('r1');
      expect(read.ok && read.value.at(-1)).toEqual({ ...ended, message });
    }));

  it('is read bit by bit when it is long, and not at all when no rollout wrote it', () =>
    withFolder(async (folder) => {
      const store = await begin(folder, opened);
      const file = join(folder, 'rollouts/r1.jsonl');
      await appendFile(file, `${JSON.stringify(intended)}\n`.repeat(30_000));
      let turns = 0;
      const turning = setInterval(() => turns++, 0);
      const read = await store.read('r1');
      clearInterval(turning);
      expect(read.ok && read.value.length).toBe(30_001);
      expect(turns).toBeGreaterThan(2);

      await truncate(file, 100_000_000);
      expect(await store.read('r1')).toMatchObject({
        ok: false,
        failure: {
          kind: 'usage',
          what: 'the journal cannot be read: it has 100 MB, and no rollout writes more than 67',
          where: file,
        },
      });
    }));

  it('does not begin with a plan that would leave no room for the rollout', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      const journal = await store.create('r1');
      if (!journal.ok) throw new Error(journal.failure.what);
      const [access] = opened.access;
      const long = { ...access, ipvsadm: 'x'.repeat(40_000_000) } as typeof access;
      expect(
        await journal.value.append({ ...opened, access: [long] } as JournalEntry),
      ).toMatchObject({
        ok: false,
        failure: { kind: 'usage', what: 'the plan has 41 MB, which no journal takes' },
      });
      expect(await store.list()).toEqual({ ok: true, value: [] });
      await journal.value.close();
    }));

  it('that could not begin leaves nothing that looks like a rollout', () =>
    withFolder(async (folder) => {
      const failure = { kind: 'conflict', what: 'the lock is lost' } as const;
      const journals = createFileJournals(folder, join(folder, 'rollouts'), async () => failure);
      const journal = await journals.create('r1');
      if (!journal.ok) throw new Error(journal.failure.what);
      expect(await journal.value.append(opened)).toEqual({ ok: false, failure });
      await journal.value.close();
      expect(await journals.list()).toEqual({ ok: true, value: [] });
    }));

  it('without an entry, as a crash leaves it, is told with the command that ends it', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      const journal = await store.create('r1');
      if (journal.ok) await journal.value.close();
      const file = join(folder, 'rollouts/r1.jsonl');
      for (const torn of ['', '{"v":1,"type":"ope']) {
        await appendFile(file, torn);
        expect(await store.read('r1')).toMatchObject({
          ok: false,
          failure: { where: file, next: `take it away with: rm ${file}` },
        });
      }
    }));

  it('with a line that no entry has is not read, and says where', () =>
    withFolder(async (folder) => {
      const store = await begin(folder, opened);
      const file = join(folder, 'rollouts/r1.jsonl');
      await appendFile(file, `{"v":1,"type":"${'x'.repeat(5_000_000)}`);
      expect(await store.read('r1')).toMatchObject({
        ok: false,
        failure: {
          what: 'the journal cannot be read: this line has 6 MB, which no entry of a rollout has',
          where: `${file}:2`,
        },
      });
    }));

  it('may have lines as long as its plan', () => {
    const most = { plan: 100, rest: 10 };
    const lines = (...lengths: readonly number[]) =>
      Buffer.from(lengths.map((length) => `${'x'.repeat(length)}\n`).join(''));
    expect(longLineOf(lines(50, 50, 3), most)).toBe(undefined);
    expect(longLineOf(lines(5, 10, 11), most)).toEqual({ line: 3, bytes: 11 });
    expect(longLineOf(lines(101), most)).toEqual({ line: 1, bytes: 101 });
  });

  it.each([
    ['a time that is no date', { ...intended, atMs: 8.64e15 + 1 }, /r1\.jsonl:2/],
    ['an entry of a newer version', { ...intended, v: 2 }, /newer drain \(version 2\)/],
    ['an entry of an unknown kind', { ...intended, type: 'invented' }, /r1\.jsonl:2/],
    ['a second beginning', opened, /begins with an opened entry/],
  ])('is refused with %s', (_, entry, says) =>
    withFolder(async (folder) => {
      const store = await begin(folder, opened);
      await appendFile(join(folder, 'rollouts/r1.jsonl'), `${JSON.stringify(entry)}\n`);
      const read = await store.read('r1');
      if (read.ok) throw new Error('it was read');
      expect(`${read.failure.what} ${read.failure.where}`).toMatch(says);
    }),
  );

  it('is not overwritten by a rollout of the same name', () =>
    withFolder(async (folder) => {
      const store = await begin(folder, opened);
      expect((await store.create('r1')).ok).toBe(false);
    }));

  it('in a folder that cannot be is a failure that says what to do', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      const created = await createFileStore(join(folder, 'file/state')).create('r1');
      if (created.ok) throw new Error('it was created');
      expect(created.failure.next).toContain('--state');
    }));

  it('of a name that is none does not leave its folder', () =>
    withFolder(async (folder) => {
      const store = createFileStore(join(folder, 'state'));
      for (const name of ['../../etc/passwd', '', 'a/b', '\u001b[2J']) {
        const read = await store.read(name);
        if (read.ok) throw new Error('it was read');
        expect(read.failure.what).toContain('there is no rollout');
        expect(read.failure.what).not.toContain('\u001b');
      }
    }));

  it('of any content is read or refused, never a crash', () => {
    const noise = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom(...[opened, intended, reached].map((e) => JSON.stringify(e))),
    );
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 6 }), (lines) => {
        const read = parseJournal(lines.join('\n'), 'r1.jsonl');
        expect(typeof read.ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

/** The holders of all locks are processes that have died. */
async function kill(folder: string): Promise<void> {
  for (const name of await readdir(join(folder, 'locks'))) {
    const file = join(folder, 'locks', name);
    const lock = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...lock, startTicks: '1' }));
  }
}

describe('a lock', () => {
  const resources = ['tcp/10.0.0.100:80 on ipvsadm', 'fwm/7 on ipvsadm'];

  it('is had by one at a time, and the second is told who has it since when', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      const first = await store.lock(resources, 'r1');
      const second = await createFileStore(folder).lock([...resources].reverse(), 'r2');
      if (!first.ok || second.ok) throw new Error('wrong holder');
      expect(second.failure.kind).toBe('conflict');
      expect(second.failure.what).toMatch(
        new RegExp(`in rollout r1 \\(process ${process.pid}\\) since 20`),
      );
      await first.value.release();
      expect((await store.lock(resources, 'r2')).ok).toBe(true);
    }));

  it('of a resource with a long name is had, and by one at a time', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      const long = `tcp/10.0.0.100:80 on ${'ip netns exec '.repeat(60)}`;
      const lock = await store.lock([long], 'a');
      expect(lock.ok).toBe(true);
      expect(await store.lock([long], 'b')).toMatchObject({ ok: false });
      expect((await store.lock([`${long}2`], 'c')).ok).toBe(true);
      if (lock.ok) await lock.value.release();
      expect((await store.lock([long], 'b')).ok).toBe(true);
    }));

  it('of a process that has died blocks nobody', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      await store.lock(resources, 'r1');
      await kill(folder);
      expect(await store.holder(resources[0] ?? '')).toBeUndefined();
      expect((await store.lock(resources, 'r2')).ok).toBe(true);
      expect(await store.holder(resources[0] ?? '')).toMatchObject({ rollout: 'r2' });
    }));

  it('that is all or nothing leaves nothing behind when one is taken', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      await store.lock(['b'], 'r1');
      expect((await store.lock(['a', 'b', 'c'], 'r2')).ok).toBe(false);
      expect(await store.holder('a')).toBeUndefined();
      expect(await store.holder('c')).toBeUndefined();
      expect(await store.holder('b')).toMatchObject({ rollout: 'r1' });
    }));

  it('leaves one small file behind, however often it is taken', () =>
    withFolder(async (folder) => {
      const store = createFileStore(folder);
      for (let round = 0; round < 5; round++) {
        const lock = await store.lock(['a'], `r${round}`);
        if (!lock.ok) throw new Error(lock.failure.what);
        await lock.value.release();
      }
      expect(await readdir(join(folder, 'locks'))).toHaveLength(1);
    }));

  it.each(Array.from({ length: 20 }, (_, round) => round))(
    'is had by exactly one of many that find it dead at the same time, round %i',
    () =>
      withFolder(async (folder) => {
        const store = createFileStore(folder);
        await store.lock(['a'], 'dead');
        await kill(folder);
        const tries = await Promise.all(
          Array.from({ length: 8 }, (_, i) => createFileStore(folder).lock(['a'], `r${i}`)),
        );
        expect(tries.filter((one) => one.ok)).toHaveLength(1);
      }),
  );
});

describe('what another terminal asks', () => {
  it('is obeyed where an earlier version asks while this one runs, and dropped where it asked before', () =>
    withFolder(async (folder) => {
      const store = await begin(folder, opened);
      const file = join(folder, 'rollouts', 'r1.ask');
      const asked = '{"kind":"rollback","pace":{"overMs":60000,"everyMs":3000}}';
      await writeFile(file, asked);
      const dropped: unknown[] = [];
      const inbox = store.inbox('r1', { onDropped: (kind) => dropped.push(kind) });
      expect(await inbox.take()).toBeUndefined();
      expect(dropped).toEqual(['rollback']);
      await writeFile(file, asked);
      const request = { kind: 'rollback', pace: { overMs: 60_000, everyMs: 3_000 } };
      // The same words once more are another request, as soon as those before are gone.
      expect(await until(() => inbox.take())).toEqual(request);
      expect(await inbox.take()).toBeUndefined();
      await inbox.settle();
      expect(await readdir(join(folder, 'rollouts'))).toEqual(['r1.jsonl']);
      expect(dropped).toEqual(['rollback']);
    }));

  it('is nothing where it is not one of the requests', () =>
    withFolder(async (folder) => {
      const dropped: unknown[] = [];
      const terms = { onDropped: (kind: unknown) => dropped.push(kind) };
      const inbox = (await begin(folder, opened)).inbox('r1', terms);
      const strange = ['', 'pause', '{"kind":"stop"}', '{"kind":"pause","pace":{}}', '[[['];
      await mkdir(join(folder, 'requests'));
      for (const text of strange) {
        await writeFile(join(folder, 'rollouts', 'r1.ask'), text);
        expect(await inbox.take()).toBeUndefined();
        await writeFile(join(folder, 'requests', 'r1.00000000000001-00000000.json'), text);
        expect(await inbox.take()).toBeUndefined();
      }
      expect(dropped).toEqual(Array.from({ length: 2 * strange.length }, () => undefined));
      expect(await readdir(join(folder, 'requests'))).toEqual([]);
    }));
});
