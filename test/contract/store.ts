import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ServerKey, ServiceKey } from '../../src/domain/address.ts';
import type { Result } from '../../src/domain/failure.ts';
import type { MaintenanceMark, Store } from '../../src/rollout/ports.ts';
import type { RecordKinds, Records } from '../../src/rollout/records.ts';
import type { RequestTicket } from '../../src/rollout/requests.ts';
import type { TraceEntry } from '../../src/rollout/state/trace.ts';
import { until } from '../support/eventually.ts';
import { journalEntries } from '../support/journal-entries.ts';
import { recordSamples } from './records.ts';

/** The place where controllers keep what they know. */
export interface StoreUnderTest {
  /** As another controller opens it. */
  open(): Store;
  /** Another controller takes these locks, and dies with them. */
  holdAndDie(rollout: string, resources: readonly string[]): Promise<void>;
}

export interface StoreContract {
  readonly name: string;
  readonly start: () => Promise<StoreUnderTest>;
  readonly stop?: () => Promise<void>;
  /** After this time at the latest a dead holder's lock is free. */
  readonly freeAfterMs: number;
}

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`);
  return result.value;
}

const mark: MaintenanceMark = {
  table: 'ipvsadm',
  service: 'tcp/10.0.0.100:80' as ServiceKey,
  server: '10.0.0.1:80' as ServerKey,
  reason: 'operator',
  weight: 4,
  sinceMs: 1_000,
  actor: { user: 'anna', host: 'lb1', run: 'https://ci/7', program: 'drain x', reason: 'disk' },
};

const traced = (count: number): readonly TraceEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    type: 'totals',
    atMs: i,
    director: 'local',
    services: { 'tcp/10.0.0.100:80': { '10.0.0.1:80': i } },
  }));

/** What every store promises, whatever it is made of. */
export function describeStore(contract: StoreContract): void {
  const { name, start, stop, freeAfterMs } = contract;
  describe.concurrent(`a store in ${name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => stop?.());

    let count = 0;
    const newId = (): string => `20261123-141530-${String(count++).padStart(4, '0')}`;
    const begin = async (store: Store, rollout: string, entries = 3) => {
      const journal = unwrap(await store.create(rollout));
      for (const entry of journalEntries(rollout, entries)) unwrap(await journal.append(entry));
      return journal;
    };

    it('gives back a journal as it was written, to everybody', async () => {
      const id = newId();
      const store = under.open();
      await (await begin(store, id)).close();
      const reader = under.open();
      expect(unwrap(await reader.read(id))).toEqual(journalEntries(id));
    });

    it('removes a journal with its trace, and nothing of another', async () => {
      const [id, other] = [newId(), newId()];
      const store = under.open();
      for (const one of [id, other]) {
        const lock = unwrap(await store.lock([`prune of ${one}`], one));
        await (await begin(store, one)).close();
        const trace = store.trace(one);
        for (const entry of traced(3)) trace.add(entry);
        await trace.close();
        await lock.release();
      }
      const lock = unwrap(await store.lock([`prune of ${id}`], id, { momentary: true }));
      unwrap(await store.remove(id));
      unwrap(await store.remove(id));
      await lock.release();
      const reader = under.open();
      const listed = unwrap(await reader.list());
      expect([listed.includes(id), listed.includes(other)]).toEqual([false, true]);
      expect(await reader.read(id)).toMatchObject({ failure: { code: 'no-such-rollout' } });
      expect(unwrap(await reader.readTrace(id)).entries).toEqual([]);
      expect(unwrap(await reader.read(other))).toEqual(journalEntries(other));
      expect(unwrap(await reader.readTrace(other)).entries).toEqual(traced(3));
    });

    it('opens a journal to go on behind its last entry', async () => {
      const id = newId();
      const store = under.open();
      await (await begin(store, id, 3)).close();
      const next = under.open();
      const opened = unwrap(await next.open(id));
      expect(opened.entries).toEqual(journalEntries(id, 3));
      for (const entry of journalEntries(id, 6).slice(3)) {
        unwrap(await opened.journal.append(entry));
      }
      await opened.journal.close();
      expect(unwrap(await next.read(id))).toEqual(journalEntries(id, 6));
    });

    it('keeps an entry of two megabytes', async () => {
      const id = newId();
      const store = under.open();
      const [opened] = journalEntries(id, 1);
      const words = Array.from({ length: 1_000 }, (_, i) => i.toString(36)).join(' ');
      const [director] = opened.plan.directors;
      const [service] = director?.services ?? [];
      if (!director || !service) throw new Error('no plan');
      const services = Array.from({ length: 4_000 }, () => service);
      const plan = { ...opened.plan, directors: [{ ...director, services }] };
      const large = {
        ...opened,
        plan,
        access: [{ director: director.director, where: 'local', ipvsadm: words }],
      };
      expect(JSON.stringify(large).length).toBeGreaterThan(2_000_000);
      const journal = unwrap(await store.create(id));
      unwrap(await journal.append(large));
      await journal.close();
      expect(unwrap(await store.read(id))).toEqual([large]);
    });

    it('lists rollouts, the latest first, and knows no others', async () => {
      const [first, second] = [newId(), newId()];
      const store = under.open();
      for (const id of [first, second]) await (await begin(store, id)).close();
      const listed = unwrap(await store.list());
      expect(listed.filter((id) => id === first || id === second)).toEqual([second, first]);
      for (const most of [1, 2]) {
        const latest = unwrap(await store.list(most));
        expect(latest).toHaveLength(most);
        // Others may write at the same time.
        const all = unwrap(await store.list());
        expect(latest).toEqual(all.filter((id) => latest.includes(id)));
        expect(all.indexOf(latest[0] ?? '')).toBeLessThan(all.length - most + 1);
      }
      const all = unwrap(await store.list(10_000));
      expect(all.filter((id) => id === first || id === second)).toEqual([second, first]);
      for (const strange of ['20261123-000000-ffff', '../../etc', 'a/b', '', '\u001b[2J']) {
        const read = await store.read(strange);
        expect(read).toMatchObject({ ok: false, failure: { kind: 'usage' } });
        expect(JSON.stringify(read)).not.toContain('\u001b');
      }
    });

    it('keeps what is asked of a rollout until it is in force, and hands it out once', async () => {
      const id = newId();
      const store = under.open();
      await (await begin(store, id)).close();
      const asker = under.open();
      const inbox = store.inbox(id);
      expect(await inbox.take()).toBeUndefined();
      const { actor } = mark;
      const pace = { overMs: 60_000, everyMs: 1_000 };
      const back = { kind: 'rollback', pace, actor } as const;
      const ticket = unwrap(await asker.ask(id, back));
      expect(await until(() => inbox.take())).toEqual(back);
      expect(await inbox.take()).toBeUndefined();
      expect(unwrap(await asker.isAsked(ticket))).toBe(true);
      await inbox.settle();
      await until(async () => {
        await inbox.take();
        return !unwrap(await asker.isAsked(ticket));
      });
      expect(await store.inbox(id).take()).toBeUndefined();
    });

    it('has a queue of requests: none replaces another, and a rollback comes first', async () => {
      const [id, other] = [newId(), newId()];
      const store = under.open();
      await (await begin(store, id)).close();
      const asker = under.open();
      const tickets: RequestTicket[] = [];
      for (const kind of ['pause', 'continue', 'rollback', 'pause', 'continue'] as const) {
        tickets.push(unwrap(await asker.ask(id, { kind })));
      }
      unwrap(await asker.ask(other, { kind: 'pause' }));
      const inbox = store.inbox(id);
      expect(await until(() => inbox.take())).toEqual({ kind: 'rollback' });
      expect(await inbox.take()).toEqual({ kind: 'pause' });
      expect(await inbox.take()).toEqual({ kind: 'continue' });
      expect(await inbox.take()).toBeUndefined();
      await inbox.settle();
      await until(async () => {
        await inbox.take();
        const waiting = await Promise.all(tickets.map((one) => asker.isAsked(one)));
        return waiting.every((one) => !unwrap(one));
      });
      expect(await until(() => store.inbox(other).take())).toEqual({ kind: 'pause' });
    });

    it('hands a request out to the run that was asked, and drops it with a word in a later one', async () => {
      const id = newId();
      const store = under.open();
      await (await begin(store, id)).close();
      const ticket = unwrap(await store.ask(id, { kind: 'rollback' }, 'the first run'));
      const dropped: unknown[] = [];
      const inboxOf = (run: string | undefined) =>
        store.inbox(id, { run: async () => run, onDropped: (kind) => dropped.push(kind) });
      const unsure = inboxOf(undefined);
      for (let i = 0; i < 3; i++) expect(await unsure.take()).toBeUndefined();
      expect(await until(() => inboxOf('the first run').take())).toEqual({ kind: 'rollback' });
      expect(dropped).toEqual([]);
      const later = inboxOf('a later run');
      await until(async () => {
        expect(await later.take()).toBeUndefined();
        return !unwrap(await store.isAsked(ticket));
      });
      expect(dropped).toEqual(['rollback']);
    });

    it('forgets a request that is taken back', async () => {
      const id = newId();
      const store = under.open();
      await (await begin(store, id)).close();
      const ticket = unwrap(await store.ask(id, { kind: 'pause' }));
      unwrap(await store.withdraw(ticket));
      unwrap(await store.withdraw(ticket));
      expect(unwrap(await store.isAsked(ticket))).toBe(false);
      const inbox = store.inbox(id);
      for (let i = 0; i < 3; i++) expect(await inbox.take()).toBeUndefined();
    });

    it('keeps marks by their subject, and forgets them', async () => {
      const store = under.open();
      const table = `ipvsadm of ${newId()}`;
      const other = { ...mark, table, reason: 'health' } as const;
      unwrap(await store.marks.put({ ...mark, table }));
      unwrap(await store.marks.put(other));
      unwrap(await store.marks.put({ ...mark, table, weight: 7 }));
      const marks = async () =>
        unwrap(await store.marks.list())
          .filter((one) => one.table === table)
          .sort((a, b) => (a.reason < b.reason ? -1 : 1));
      expect(await marks()).toEqual([other, { ...mark, table, weight: 7 }]);
      unwrap(await store.marks.remove({ ...mark, table }));
      unwrap(await store.marks.remove({ ...mark, table }));
      expect(await marks()).toEqual([other]);
    });

    it.each(Object.entries(recordSamples))(
      'keeps records of %s, each replaced as a whole, and forgets them',
      async (kind, versionsOf) => {
        const records: Records<unknown> = under.open()[kind as keyof RecordKinds];
        const { id, first, next } = versionsOf(newId());
        expect(unwrap(await records.read(id))).toBeUndefined();
        expect(unwrap(await records.read('../x'))).toBeUndefined();
        unwrap(await records.put(first));
        expect(unwrap(await records.read(id))).toEqual(first);
        unwrap(await records.put(next));
        expect(unwrap(await records.read(id))).toEqual(next);
        expect(unwrap(await records.list())).toContain(id);
        unwrap(await records.remove(id));
        unwrap(await records.remove(id));
        expect(unwrap(await records.read(id))).toBeUndefined();
        expect(unwrap(await records.list())).not.toContain(id);
      },
    );

    it('gives back a trace part by part, and goes on with it', async () => {
      const id = newId();
      const store = under.open();
      await (await begin(store, id)).close();
      const all = traced(120);
      const add = async (entries: readonly TraceEntry[]) => {
        const trace = store.trace(id);
        for (const entry of entries) trace.add(entry);
        await trace.close();
      };
      await add(all.slice(0, 70));
      const first = unwrap(await store.readTrace(id));
      expect(first.entries).toEqual(all.slice(0, 70));
      expect(unwrap(await store.readTrace(id, first.position)).entries).toEqual([]);
      await add(all.slice(70));
      expect(unwrap(await store.readTrace(id, first.position)).entries).toEqual(all.slice(70));
      expect(unwrap(await store.readTrace(id)).entries).toEqual(all);
      expect(unwrap(await store.readTrace(newId())).entries).toEqual([]);
    });

    it('has one journal of a name, whoever creates it', async () => {
      const id = newId();
      const created = await Promise.all([1, 2, 3].map(() => under.open().create(id)));
      const journals = created.flatMap((one) => (one.ok ? one.value : []));
      expect(journals.length).toBe(1);
      await journals[0]?.close();
    });

    it('gives all of the locks that are asked for or none, and says who has them', async () => {
      const [a, b, c] = [newId(), newId(), newId()];
      const [one, two] = [under.open(), under.open()];
      const { actor } = mark;
      const lock = unwrap(await one.lock([`${a} x`, `${b} x`], a, { actor }));
      expect(await two.holder(`${b} x`)).toMatchObject({ rollout: a, pid: process.pid, actor });
      const refused = await two.lock([`${c} x`, `${b} x`], c);
      expect(refused).toMatchObject({ ok: false, failure: { kind: 'conflict' } });
      expect(JSON.stringify(refused)).toContain(`rollout ${a} (process ${process.pid}`);
      expect(JSON.stringify(refused)).toContain(', by drain x of anna on lb1 (https://ci/7): disk');
      expect(await one.holder(`${c} x`)).toBeUndefined();
      await lock.release();
      expect(await two.holder(`${b} x`)).toBeUndefined();
      await unwrap(await two.lock([`${c} x`, `${b} x`], c)).release();
    });

    it('gives a lock to one of many who want it at once', async () => {
      const id = newId();
      const locked = await Promise.all(
        Array.from({ length: 8 }, (_, i) => under.open().lock(['y', id], `${id}-${i}`)),
      );
      expect(locked.filter(({ ok }) => ok).length).toBe(1);
      for (const one of locked) if (one.ok) await one.value.release();
    });

    it('gives the locks of hundreds of services', async () => {
      const id = newId();
      const store = under.open();
      const many = Array.from({ length: 300 }, (_, i) => `tcp/10.0.0.1:${i} on ${id}`);
      const lock = unwrap(await store.lock(many, id));
      await (await begin(store, id)).close();
      const other = await under.open().lock([many[299] ?? ''], 'other');
      expect(other.ok).toBe(false);
      await lock.release();
      expect(await store.holder(many[150] ?? '')).toBeUndefined();
    });

    it('makes everybody wait for a lock that is held for a moment, and nobody share it', async () => {
      const id = newId();
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 5 }, async (_, i) => {
          const lock = unwrap(await under.open().lock([id], `guard ${i}`, { momentary: true }));
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
          await lock.release();
        }),
      );
      expect(most).toBe(1);
      const store = under.open();
      const rollout = unwrap(await store.lock([id], id));
      const refused = await under.open().lock([id], 'guard', { momentary: true });
      expect(refused).toMatchObject({ ok: false, failure: { kind: 'conflict' } });
      await rollout.release();
    });

    it('frees the lock of a holder that died', async () => {
      const id = newId();
      await under.holdAndDie(id, [`${id} z`]);
      const store = under.open();
      const lock = await vi.waitFor(async () => unwrap(await store.lock([`${id} z`], id)), {
        timeout: freeAfterMs,
        interval: 50,
      });
      await lock.release();
    });
  });
}
