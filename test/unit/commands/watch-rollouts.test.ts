import { beforeAll, describe, expect, it } from 'vitest';
import { createRolloutWatch } from '../../../src/control/status/watch-rollouts.ts';
import { printable } from '../../../src/domain/printable.ts';
import { resourcesOf } from '../../../src/domain/rollout/rollout-locks.ts';
import { liveLines } from '../../../src/reporters/live/live-lines.ts';
import { painter } from '../../../src/reporters/text/paint.ts';
import { createPlainWatcher } from '../../../src/reporters/watch/plain-watcher.ts';
import { createTtyWatcher } from '../../../src/reporters/watch/tty-watcher.ts';
import type { WatchPicture } from '../../../src/reporters/watch/watcher.ts';
import type { JournalEntries, Store } from '../../../src/rollout/ports.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { withFolder } from '../../support/drain-command.ts';
import { type Recording, recordRollout } from '../../support/recorded-rollout.ts';
import { fakeLiveText, fakeOutput } from '../reporters/builders.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 20
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 5
`;
const id = '20260101-000000-abcd';

let recording: Recording;
beforeAll(async () => {
  recording = await recordRollout({
    sketch: { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 40_000, everyMs: 10_000 } },
    simulation: { table },
    traced: true,
  });
});

/** A store in which that rollout goes on bit by bit, as another process would leave it. */
async function playedIn(folder: string) {
  const store = createFileStore(folder);
  const entries = recording.entries as JournalEntries;
  const startMs = entries[0].atMs;
  const created = await store.create(id);
  if (!created.ok) throw new Error(created.failure.what);
  await created.value.append({ ...entries[0], rollout: id });
  await created.value.close();
  let reads = 0;
  let [written, traced] = [1, 0];
  const counting: Store = {
    ...store,
    read(rollout) {
      reads++;
      return store.read(rollout);
    },
  };
  const atMs = (entry: Recording['trace'][number]): number =>
    entry.type === 'event' ? Date.parse(entry.event.at) : entry.atMs;
  return {
    store: counting,
    reads: () => reads,
    startMs,
    lock: async () => {
      const lock = await store.lock(resourcesOf(entries[0].plan, entries[0].access), id);
      if (!lock.ok) throw new Error(lock.failure.what);
      return lock.value;
    },
    async until(seconds: number) {
      const limitMs = startMs + seconds * 1_000;
      const opened = await store.open(id);
      if (!opened.ok) throw new Error(opened.failure.what);
      for (; written < entries.length; written++) {
        const entry = entries[written];
        if (!entry || entry.atMs > limitMs) break;
        await opened.value.journal.append(entry);
      }
      await opened.value.journal.close();
      const trace = store.trace(id);
      for (; traced < recording.trace.length; traced++) {
        const entry = recording.trace[traced];
        if (!entry || atMs(entry) > limitMs) break;
        const renamed =
          entry.type === 'event' ? { ...entry, event: { ...entry.event, rollout: id } } : entry;
        trace.add(renamed);
      }
      await trace.close();
    },
  };
}

describe('a watch of the store', () => {
  it('shows a rollout that begins while it watches, follows it, and lets it go when it is over', () =>
    withFolder(async (folder) => {
      const watch = createRolloutWatch(createFileStore(folder));
      expect(await watch(0)).toEqual({ rollouts: [], failures: [] });
      const played = await playedIn(folder);
      await played.until(12);
      const lock = await played.lock();
      const first = (await watch(1_000)).rollouts[0];
      expect(first).toMatchObject({ rollout: id, status: 'running', backlog: [] });
      expect(first?.news.map(({ type }) => type)).toContain('step-applied');
      expect(first?.view).toMatchObject({ phase: 'ramp' });
      await played.until(100_000);
      await lock.release();
      const last = (await watch(2_000)).rollouts[0];
      expect(last).toMatchObject({ status: 'done' });
      expect(last?.news.at(-1)?.type).toBe('finished');
      expect((await watch(3_000)).rollouts).toEqual([]);
    }));

  it('sees a rollout whose process was killed, and one that goes on', () =>
    withFolder(async (folder) => {
      const played = await playedIn(folder);
      await played.until(12);
      const lock = await played.lock();
      const watch = createRolloutWatch(played.store);
      expect((await watch(0)).rollouts[0]?.status).toBe('running');
      await lock.release();
      const cut = (await watch(1_000)).rollouts[0];
      expect(cut).toMatchObject({ status: 'cut-off', view: { phase: 'cut-off' } });
      expect(cut?.summary).toContain(
        `go on:   drain resume ${id}\n  go back: drain rollback ${id}\n`,
      );
      await played.lock();
      expect((await watch(2_000)).rollouts[0]?.status).toBe('running');
    }));

  it('does not read a journal again in which nothing is new', () =>
    withFolder(async (folder) => {
      const played = await playedIn(folder);
      await played.until(12);
      await played.lock();
      const watch = createRolloutWatch(played.store);
      await watch(0);
      const before = played.reads();
      for (let round = 1; round < 9; round++) await watch(1_000 * round);
      expect(played.reads()).toBe(before);
      await played.until(22);
      await watch(9_500);
      expect(played.reads()).toBe(before + 1);
    }));

  it('tells of a journal that cannot be read once, and goes on with the others', () =>
    withFolder(async (folder) => {
      const played = await playedIn(folder);
      await played.until(12);
      const broken = await createFileStore(folder).create('20260101-000000-dead');
      if (broken.ok) await broken.value.close();
      const watch = createRolloutWatch(played.store);
      const told: string[] = [];
      for (let round = 0; round < 8; round++) {
        const { rollouts, failures } = await watch(round);
        expect(rollouts).toHaveLength(1);
        told.push(...failures.map(({ what }) => what));
      }
      expect(told).toHaveLength(1);
    }));

  it('shows from journal and trace what the process itself shows', () =>
    withFolder(async (folder) => {
      const played = await playedIn(folder);
      await played.until(12);
      await played.lock();
      const watch = createRolloutWatch(played.store);
      const view = (await watch(0)).rollouts[0]?.view;
      if (!view) throw new Error('not followed');
      const options = { columns: 79, rows: 23, headingIndent: 2, how: [] };
      const lines = liveLines(view, options, painter(false));
      expect(lines[0]).toBe('ramp  10.0.0.1:80 → 10.0.0.2:80');
      expect(lines[2]).toMatch(
        /^tcp\/10.0.0.100:80 {2}step 1\/4 .* 25 % moved {2}next in 0:(10|09|08)$/,
      );
      expect(lines[3]).toMatch(/^ {2}10.0.0.1:80 old .*4→3 .* 60 % /);
      expect(lines.at(-1)).toMatch(/^ {2}0:1[012] elapsed · ramp ends in 0:(30|29|28)/);
    }));
});

describe('watchers', () => {
  /** What a watch would show, second by second. */
  async function pictures(seconds: readonly number[]): Promise<readonly WatchPicture[]> {
    const shown: WatchPicture[] = [];
    await withFolder(async (folder) => {
      const played = await playedIn(folder);
      const lock = await played.lock();
      const watch = createRolloutWatch(played.store);
      for (const second of seconds) {
        await played.until(second);
        if (second > 1_000) await lock.release();
        const { rollouts: live } = await watch(second * 1_000);
        const notes = [{ key: 'out', text: `out: 10.0.0.9:80, for ${second}s` }];
        // The board changes in place.
        const rollouts = live.map((one) => structuredClone(one));
        shown.push({ rollouts, notes, nothing: 'no rollout in memory' });
      }
    });
    return shown;
  }

  it('add lines in a pipe: how it stood, then a line an event, a note once', async () => {
    const { output, lines, text } = fakeOutput({ isTty: false });
    const watcher = createPlainWatcher(output);
    for (const picture of await pictures([12, 13, 22, 100_000])) watcher.show(picture);
    expect(lines()[0]).toMatch(new RegExp(`^${id} {2}running .* step 1 of 4 `));
    expect(lines().filter((line) => line.startsWith('out: '))).toEqual([
      'out: 10.0.0.9:80, for 12s',
    ]);
    const steps = lines().filter((line) => / step \d of 4, /.test(line));
    expect(steps.map((line) => line.match(/step (\d)/)?.[1])).toEqual(['2', '3', '4']);
    expect(lines().at(-1)).toMatch(/ \(done, exit code 0\)$/);
    expect(printable(text().replaceAll('\n', ''), 100_000)).toBe(text().replaceAll('\n', ''));
  });

  it('draw the table on a terminal, say what happens above it, and leave the last picture', async () => {
    const { output, lines } = fakeOutput();
    const live = fakeLiveText();
    const watcher = createTtyWatcher(output, live.start);
    const [first, ...rest] = await pictures([12, 100_000]);
    if (first) watcher.show(first);
    expect(lines()).toEqual([]);
    const drawn = live.state.lines(23);
    expect(drawn[0]).toBe(`ramp  ${id}  10.0.0.1:80 → 10.0.0.2:80`);
    expect(drawn.slice(-3)).toEqual([
      `  0:11 elapsed · ramp ends in 0:29 · drain pause ${id}`,
      '  out: 10.0.0.9:80, for 12s',
      '  Ctrl-C ends the watch',
    ]);
    for (const picture of rest) watcher.show(picture);
    expect(lines().at(-1)).toMatch(/^✔ /);
    watcher.close();
    expect(live.state.running).toBe(false);
    expect(lines().join('\n')).toContain(`over  ${id}`);
    expect(lines().at(-1)).toBe('  out: 10.0.0.9:80, for 100000s');
  });
});
