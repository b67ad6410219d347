import { describe, expect, it } from 'vitest';
import { stampEvent } from '../../../src/domain/events/event.ts';
import { fail, ok } from '../../../src/domain/failure.ts';
import type { JournalEntries, Store } from '../../../src/rollout/ports.ts';
import type { JournalBody, JournalEntry } from '../../../src/rollout/state/journal.ts';
import type { TraceEntry } from '../../../src/rollout/state/trace.ts';
import { watchRollout } from '../../../src/watch/watch-rollout.ts';
import { type WatchOptions, watchRollouts } from '../../../src/watch/watched-rollouts.ts';
import { journalEntries } from '../../support/journal-entries.ts';

const atMs = 1_000;
const newest = '20261130-120009999-ffff';
const oldest = '20250101-000000000-0000';
const done: JournalBody = { type: 'ended', outcome: 'done', exitCode: 0, message: 'm' };
const held: JournalBody = { type: 'ended', outcome: 'held', exitCode: 130, message: 'm' };
const sampled = { type: 'sampled', director: 'd', service: 's', server: 'r' } as const;
const counts = { activeConn: 1, inActConn: 0, persistConn: 0, weight: 1 };

/** A store in memory that counts what is asked of it. */
function shelf() {
  const journals = new Map<string, JournalEntry[]>();
  const traces = new Map<string, TraceEntry[]>();
  const running = new Map<string, number>();
  const asked: string[] = [];
  /** Happens right after the next journal was read. */
  let afterRead: (() => void) | undefined;
  const store: Pick<Store, 'list' | 'read' | 'readTrace' | 'holder'> = {
    async list() {
      return ok([...journals.keys()].sort().reverse());
    },
    async read(id) {
      asked.push(`journal ${id}`);
      const entries = [...(journals.get(id) ?? [])];
      afterRead?.();
      afterRead = undefined;
      return entries.length > 0
        ? ok(entries as unknown as JournalEntries)
        : fail({ kind: 'usage', what: `${id} is empty` } as const);
    },
    async readTrace(id, position = 0) {
      asked.push(`trace ${id}`);
      const entries = (traces.get(id) ?? []).slice(position);
      return ok({ entries, position: position + entries.length });
    },
    async holder(resource) {
      const id = resource.replace(/.* on /, '');
      asked.push(`lock ${id}`);
      const pid = running.get(id);
      return pid === undefined ? undefined : { rollout: id, pid, sinceMs: 0 };
    },
  };
  return {
    store,
    running,
    traces,
    journals,
    asked: () => asked.splice(0),
    afterRead: (happens: () => void) => {
      afterRead = happens;
    },
    begin(id: string, ...bodies: readonly JournalBody[]) {
      const [opened, ...rest] = journalEntries(id);
      const access = opened.plan.directors.map(({ director }) => ({
        director,
        where: id,
        ipvsadm: 'ipvsadm',
      }));
      journals.set(id, [
        { ...opened, access },
        ...rest,
        ...bodies.map((body): JournalEntry => ({ ...body, v: 1, atMs })),
      ]);
    },
    write(id: string, body: JournalBody) {
      journals.get(id)?.push({ ...body, v: 1, atMs });
    },
    leave(id: string, ...entries: readonly TraceEntry[]) {
      traces.set(id, [...(traces.get(id) ?? []), ...entries]);
    },
  };
}

const sample = (id: string): TraceEntry => ({
  type: 'event',
  event: stampEvent({ ...sampled, ...counts }, id, atMs),
});
const pause = (id: string): TraceEntry => ({
  type: 'event',
  event: stampEvent({ type: 'paused', reason: 'asked to' }, id, atMs),
});

const watching: WatchOptions = {
  readsTraces: true,
  ended: 'let-go',
  rereadMs: 10_000,
  latest: 20,
};

async function statuses(look: ReturnType<typeof watchRollouts>, nowMs: number) {
  const round = await look(nowMs);
  if (!round.ok) throw new Error(round.failure.what);
  return Object.fromEntries(round.value.seen.map(({ rollout, status }) => [rollout, status]));
}

describe('a watch of a store', () => {
  it('asks for one trace and one lock of a rollout in which nothing is new', async () => {
    const { store, begin, running, leave, asked } = shelf();
    begin('a');
    begin('b', held);
    running.set('a', 1);
    leave('a', pause('a'));
    const look = watchRollouts(store, watching);
    expect(await statuses(look, 0)).toEqual({ a: 'running', b: 'held' });
    asked();
    await look(1_000);
    expect(asked().sort()).toEqual(['lock a', 'lock b', 'trace a', 'trace b']);
    leave('a', sample('a'));
    await look(2_000);
    expect(asked().filter((what) => what.startsWith('journal '))).toEqual([]);
  });

  it('reads a journal again that the trace, the lock or the time says is not the same', async () => {
    const { store, begin, running, leave, asked } = shelf();
    begin('a');
    running.set('a', 1);
    const look = watchRollouts(store, watching);
    const journals = () => asked().filter((what) => what === 'journal a').length;
    await look(0);
    journals();
    leave('a', pause('a'));
    await look(1_000);
    expect(journals()).toBe(1);
    running.set('a', 2);
    await look(2_000);
    expect(journals()).toBe(1);
    await look(11_999);
    expect(journals()).toBe(0);
    await look(12_000);
    expect(journals()).toBe(1);
  });

  it('without traces asks for a lock while a process runs, and for the journal while none does', async () => {
    const { store, begin, running, asked } = shelf();
    begin('a');
    begin('b', held);
    running.set('a', 1);
    const look = watchRollouts(store, { ...watching, readsTraces: false });
    await look(0);
    asked();
    await look(1_000);
    expect(new Set(asked())).toEqual(new Set(['lock a', 'lock b', 'journal b']));
  });

  it('asks nothing but now and then the lock of what is over, and sees it go on', async () => {
    const { store, begin, running, asked, journals, leave } = shelf();
    begin('a', done);
    leave('a', pause('a'));
    const look = watchRollouts(store, watching);
    expect(await statuses(look, 0)).toEqual({ a: 'done' });
    expect(asked()).not.toContain('trace a');
    expect(await statuses(look, 4_999)).toEqual({});
    expect(asked()).toEqual([]);
    expect(await statuses(look, 5_000)).toEqual({});
    expect(asked()).toEqual(['lock a']);
    running.set('a', 1);
    journals.get('a')?.pop();
    const round = await look(10_000);
    const [seen] = round.ok ? round.value.seen : [];
    expect(seen).toMatchObject({ status: 'running', isNew: false });
    // All that it has left counts: nobody has seen it.
    expect(seen?.news).toHaveLength(1);
  });

  it('never calls a rollout cut off whose process has ended between two questions', async () => {
    for (const before of [undefined, 0]) {
      const { store, begin, running, write, afterRead, leave } = shelf();
      begin('a');
      running.set('a', 1);
      const watch = watchRollout(store, 'a');
      if (before !== undefined) await watch.look(before, 'in-progress');
      leave('a', pause('a'));
      afterRead(() => {
        write('a', done);
        running.delete('a');
      });
      const seen = await watch.look(1_000, 'in-progress');
      expect(seen.ok && seen.value.status).toBe('done');
    }
  });

  it('tells news from a backlog: what was there in the first round did not just begin', async () => {
    const { store, begin, running } = shelf();
    begin('a');
    const look = watchRollouts(store, watching);
    await look(0);
    begin('b');
    running.set('b', 1);
    const round = await look(1_000);
    const news = round.ok ? round.value.seen.map(({ rollout, isNew }) => [rollout, isNew]) : [];
    expect(news).toEqual([
      ['b', true],
      ['a', false],
    ]);
  });

  it('tells of what cannot be read in every round, and shows it as soon as it can be', async () => {
    const { store, begin, journals, asked } = shelf();
    journals.set('a', []);
    const look = watchRollouts(store, watching);
    for (let tries = 1; tries <= 5; tries++) {
      const round = await look(tries * 1_000);
      expect(round.ok && round.value.failures).toMatchObject([{ rollout: 'a', tries }]);
    }
    asked();
    const round = await look(6_000);
    expect(asked()).toEqual([]);
    expect(round.ok && round.value.failures).toHaveLength(1);
    begin('a');
    expect(await statuses(look, 10_000)).toEqual({ a: 'cut-off' });
  });

  it('forgets what is no longer in the store', async () => {
    const { store, begin, journals } = shelf();
    journals.set('a', []);
    begin('b');
    const look = watchRollouts(store, watching);
    await look(0);
    journals.clear();
    const round = await look(1_000);
    expect(round).toEqual(ok({ ids: [], seen: [], failures: [] }));
  });

  it('that shows what is over reads the traces of the latest only', async () => {
    const { store, begin, asked } = shelf();
    for (const id of ['a', 'b', 'c']) begin(id, done);
    const bound = { inFirstRound: 3, inTurn: 1 };
    const look = watchRollouts(store, { ...watching, ended: 'shown', latest: 1, bound });
    await look(0);
    expect(asked().filter((what) => what.startsWith('trace '))).toEqual(['trace c']);
  });

  it('reads what is unfinished and the latest, and no others, where the store knows which', async () => {
    const { store, begin, asked } = shelf();
    const ids = Array.from({ length: 50 }, (_, index) => `r${10 + index}`);
    for (const id of ids) begin(id, ...(id === 'r12' ? [] : [done]));
    let isWhole = true;
    const rollouts = ['r12'];
    const unfinished = { list: async () => ok({ rollouts, isWhole }) };
    const bound = { inFirstRound: 3, inTurn: 2 };
    const shown = { ...watching, ended: 'shown', latest: 1, bound } as const;
    const look = watchRollouts({ ...store, unfinished }, shown);
    const readIn = async (atMs: number) => {
      asked();
      await look(atMs);
      return [...new Set(asked().flatMap((what) => /^journal (.*)/.exec(what)?.[1] ?? []))];
    };
    expect((await readIn(0)).toSorted()).toEqual(['r12', 'r59']);
    for (let round = 1; round < 20; round++) {
      for (const id of await readIn(60_000 * round)) expect(['r12', 'r59']).toContain(id);
    }
    // Somebody rolls one back that was over.
    rollouts.push('r20');
    expect(await readIn(2_000_000)).toContain('r20');
    isWhole = false;
    expect((await readIn(3_000_000)).length).toBeGreaterThan(2);
  });
});

it('asks for the latest alone where the store knows which are not over, and sees an old one that is not', async () => {
  const asked: (number | undefined)[] = [];
  const read: string[] = [];
  const open = [oldest, 'named-before-its-journal'];
  const many = Array.from(
    { length: 10_000 },
    (_, i) => `20260601-${String(i).padStart(9, '0')}-aaaa`,
  );
  const all = [newest, ...many.toReversed(), oldest];
  const store: Parameters<typeof watchRollouts>[0] = {
    list: async (most) => {
      asked.push(most);
      return ok(all.slice(0, most));
    },
    unfinished: { list: async () => ok({ isWhole: true, rollouts: open }) },
    async read(id) {
      read.push(id);
      if (!all.includes(id))
        return fail({ kind: 'usage', code: 'no-such-rollout', what: id } as const);
      const [opened, ...rest] = journalEntries(id);
      const end = open.includes(id) ? [] : [{ v: 1, atMs, ...done } as const];
      return ok([opened, ...rest, ...end]);
    },
    readTrace: async (_, position = 0) => ok({ entries: [], position }),
    holder: async () => undefined,
  };
  const look = watchRollouts(store, {
    ...{ readsTraces: false, ended: 'shown', rereadMs: 2_000, latest: 5 },
    bound: { inFirstRound: 20, inTurn: 8 },
  });
  for (const nowMs of [0, 10_000]) {
    const round = await look(nowMs);
    if (!round.ok) throw new Error(round.failure.what);
    expect(round.value.ids.at(0)).not.toBe(oldest);
    expect(round.value.seen.map(({ rollout }) => rollout)).toContain(oldest);
    expect(round.value.failures).toEqual([]);
  }
  expect(asked).toEqual([5, 5]);
  expect(new Set(read).size).toBe(5 + open.length);
});
