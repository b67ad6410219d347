import { describe, expect, it } from 'vitest';
import { type HistoryAsked, readHistory } from '../../../../src/control/past/history.ts';
import { namedRollout } from '../../../../src/control/past/named-rollout.ts';
import { prune } from '../../../../src/control/past/prune.ts';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import type { Outcome } from '../../../../src/domain/events/event.ts';
import { rolloutId } from '../../../../src/domain/rollout/rollout-id.ts';
import type { Store } from '../../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../../src/store/memory-store.ts';
import { journalEntries } from '../../../support/journal-entries.ts';

const dayMs = 24 * 3_600_000;
const nowMs = Date.parse('2026-06-01T12:00:00Z');
const web = 'tcp/10.0.0.100:80' as ServiceKey;

/** Keeps a rollout that began so many days ago, and ended a minute later. */
async function keep(store: Store, daysAgo: number, outcome: Outcome = 'done'): Promise<string> {
  const begunMs = nowMs - daysAgo * dayMs;
  const rollout = rolloutId(begunMs);
  const journal = await store.create(rollout);
  if (!journal.ok) throw new Error(journal.failure.what);
  const [opened, ...rest] = journalEntries(rollout);
  const entries = [opened, ...rest].map((entry) => ({ ...entry, atMs: begunMs }));
  const exitCode = outcome === 'held' ? 4 : 0;
  const end = { v: 1, atMs: begunMs + 60_000, type: 'ended', outcome, exitCode } as const;
  await journal.value.append(...entries, { ...end, message: `${outcome} it is` });
  await journal.value.close();
  await store.unfinished.add(rollout);
  return rollout;
}

const idsOf = async (store: Store) => {
  const listed = await store.list();
  return listed.ok ? listed.value.toSorted() : [];
};

describe('prune', () => {
  const pruned = async (store: Store, terms: { keepDays: number; dryRun?: boolean }) => {
    const { keepDays, dryRun = false } = terms;
    const result = await prune(store, { nowMs, keepMs: keepDays * dayMs, dryRun });
    if (!result.ok) throw new Error(result.failure.what);
    return result.value;
  };

  it('removes what was over long ago, with its name among the unfinished', async () => {
    const store = createMemoryStore();
    const older = await keep(store, 200, 'rolled-back');
    const old = await keep(store, 100);
    const last = await keep(store, 95);
    const would = await pruned(store, { keepDays: 90, dryRun: true });
    expect([...would.gone]).toEqual([old, older]);
    expect(await idsOf(store)).toEqual([older, old, last]);
    const { gone, kept } = await pruned(store, { keepDays: 90 });
    expect([gone, [...kept]]).toEqual([[old, older], [[last, 'last-of-a-service']]]);
    expect(await idsOf(store)).toEqual([last]);
    expect(await store.unfinished.list()).toMatchObject({ value: { rollouts: [last] } });
  });

  it('keeps what is held, however old it is, and what is young', async () => {
    const store = createMemoryStore();
    const held = await keep(store, 300, 'held');
    const young = await keep(store, 89);
    const { gone, kept } = await pruned(store, { keepDays: 90 });
    expect(gone).toEqual([]);
    expect(kept.get(held)).toBe('open');
    expect(kept.get(young)).toBe('young');
  });

  it('leaves what somebody has the locks of, and what went on since it was read', async () => {
    const store = createMemoryStore();
    const busy = await keep(store, 200);
    await keep(store, 95);
    const other: Store = {
      ...store,
      lock: async () => ({ ok: false, failure: { kind: 'conflict', what: 'another has it' } }),
    };
    expect((await pruned(other, { keepDays: 90 })).kept.get(busy)).toBe('busy');
    const resumed = { v: 1, atMs: nowMs, type: 'resumed', startAtMs: nowMs } as const;
    const goesOn: Store = {
      ...store,
      async lock(resources, rollout, terms) {
        const opened = await store.open(rollout);
        if (opened.ok) await opened.value.journal.append(resumed);
        return store.lock(resources, rollout, terms);
      },
    };
    expect((await pruned(goesOn, { keepDays: 90 })).kept.get(busy)).toBe('open');
    expect(await idsOf(store)).toContain(busy);
  });

  it('keeps the rollouts of a sequence, of an around and of a mark that are not over', async () => {
    const store = createMemoryStore();
    const [marked, member] = [await keep(store, 200), await keep(store, 150)];
    await keep(store, 1);
    const mark = { table: 'ipvsadm', service: web, server: '10.0.0.1:80' as never };
    await store.marks.put({ ...mark, reason: 'operator', weight: 4, sinceMs: 1, rollout: marked });
    const { kept } = await pruned(store, { keepDays: 90 });
    expect(kept.get(marked)).toBe('needed');
    expect(await idsOf(store)).not.toContain(member);
  });
});

describe('history', () => {
  const shown = async (store: Store, asked: Partial<HistoryAsked> = {}) => {
    const read = await readHistory(store, { limit: 20, asJson: true, ...asked });
    if (!read.ok) throw new Error(read.failure.what);
    const { texts, hasMore } = read.value;
    return { rollouts: texts.map((text) => JSON.parse(text)), hasMore };
  };

  it('has the latest, says that there are more, and reads none of these', async () => {
    const store = createMemoryStore();
    for (const days of [5, 4, 3, 2, 1]) await keep(store, days);
    let reads = 0;
    const counting: Store = {
      ...store,
      read(id) {
        reads++;
        return store.read(id);
      },
    };
    const { rollouts, hasMore } = await shown(counting, { limit: 2 });
    expect(hasMore).toBe(true);
    expect(rollouts.map(({ startedAt }) => startedAt)).toEqual([
      '2026-05-31T12:00:00.000Z',
      '2026-05-30T12:00:00.000Z',
    ]);
    expect(rollouts[0]).toMatchObject({
      state: 'done',
      services: [web],
      endedAt: '2026-05-31T12:01:00.000Z',
      durationMs: 60_000,
    });
    expect(reads).toBe(3);
    expect((await shown(store, { limit: 5 })).hasMore).toBe(false);
  });

  it('is of a time, of a service, of an outcome', async () => {
    const store = createMemoryStore();
    const [old, back, held] = [
      await keep(store, 9),
      await keep(store, 3, 'rolled-back'),
      await keep(store, 2, 'held'),
    ];
    const ids = async (asked: Partial<HistoryAsked>) =>
      (await shown(store, asked)).rollouts.map(({ rollout }) => rollout);
    expect(await ids({ sinceMs: nowMs - 4 * dayMs })).toEqual([held, back]);
    expect(await ids({ outcome: 'rolled-back' })).toEqual([back]);
    expect(await ids({ services: [web] })).toEqual([held, back, old]);
    expect(await ids({ services: ['tcp/10.0.0.200:80' as ServiceKey] })).toEqual([]);
  });

  it('says in words when a rollout was, how long it took and of which service it is', async () => {
    const store = createMemoryStore();
    const rollout = await keep(store, 1);
    const read = await readHistory(store, { limit: 20, asJson: false });
    expect(read).toMatchObject({
      value: {
        texts: [
          `${rollout}  done  10.0.0.1:80 → 10.0.0.2:80  step 0 of 12  2026-05-31 12:00 UTC, took 1m  tcp/10.0.0.100:80\n  done it is\n`,
        ],
      },
    });
  });
});

describe('a word for a rollout of a store', () => {
  it('is read by what is kept there, arounds and sequences too', async () => {
    const store = createMemoryStore();
    const [first, last] = [await keep(store, 9), await keep(store, 3)];
    expect(await namedRollout(store, 'latest')).toEqual({ ok: true, value: last });
    expect(await namedRollout(store, first.slice(-9))).toEqual({ ok: true, value: first });
    expect(await namedRollout(store, '2026')).toMatchObject({ failure: { kind: 'usage' } });
    expect(await namedRollout(store, 'kube-shop')).toEqual({ ok: true, value: 'kube-shop' });
  });
});
