import { describe, expect, it, vi } from 'vitest';
import type { EtcdPlace } from '../../src/domain/places/etcd-place.ts';
import type { Etcd } from '../../src/store/etcd/etcd.ts';
import { createStoreOn, createStoreWith } from '../../src/store/etcd/etcd-store.ts';
import { createRecordPlace, createRequestPlace } from '../../src/store/etcd/place.ts';
import { createStoreTools } from '../../src/store/etcd/store-tools.ts';
import { createTiming } from '../../src/store/etcd/timing.ts';
import { type Line, lineTo } from '../support/cuttable-etcd.ts';
import { journalEntries } from '../support/journal-entries.ts';
import { unwrap } from './store.ts';

/** An etcd that several controllers get at, each over a line that can be cut. */
export interface LostLeaseContract {
  readonly name: string;
  readonly etcd: () => Etcd;
  readonly place: EtcdPlace;
}

/** What holds when a controller is cut off from etcd, for short or for long. */
export function describeLostLeases({ name, etcd, place }: LostLeaseContract): void {
  describe.concurrent(`a controller whose line to ${name} is cut`, () => {
    const controller = () => {
      const line = lineTo(etcd());
      const tools = createStoreTools(line.etcd, createTiming(), place);
      return { line, tools, store: createStoreWith(tools) };
    };
    let count = 0;
    const begun = async () => {
      const id = `lost-${process.pid}-${Date.now().toString(36)}-${count++}`;
      const resources = [`${id} a`, `${id} b`];
      const first = controller();
      const lock = unwrap(await first.store.lock(resources, id));
      const journal = unwrap(await first.store.create(id));
      const entries = journalEntries(id, 8);
      unwrap(await journal.append(entries[0]));
      return { ...first, id, resources, lock, journal, entries };
    };
    const isFree = (resources: readonly string[]) =>
      vi.waitUntil(
        async () => (await controller().store.holder(resources[0] ?? '')) === undefined,
        { timeout: place.leaseMs + 30_000, interval: 50 },
      );
    const takeOver = async (id: string, resources: readonly string[]) => {
      const { store } = controller();
      const lock = await vi.waitFor(async () => unwrap(await store.lock(resources, id)), {
        timeout: place.leaseMs + 30_000,
        interval: 50,
      });
      return { store, lock, ...unwrap(await store.open(id)) };
    };

    it('is told that its lock may be over before anybody else can have it', async () => {
      const { line, lock, id, resources } = await begun();
      expect(lock.lockedForMs?.()).toBeGreaterThan(place.leaseMs / 3);
      line.state = 'cut';
      const other = await takeOver(id, resources);
      expect(lock.lockedForMs?.()).toBe(0);
      await other.lock.release();
    });

    it('writes nothing any more once another has taken over, be it only for a moment', async () => {
      const { line, lock, store, id, resources, journal, entries } = await begun();
      line.state = 'cut';
      const other = await takeOver(id, resources);
      unwrap(await other.journal.append(entries[1] as never));
      line.state = 'up';
      const late = await journal.append(entries[2] as never);
      expect(late).toMatchObject({ ok: false, failure: { kind: 'conflict' } });
      expect(JSON.stringify(late)).toMatch(/lost its lock on .*rollout lost-.* \(process \d+ on /);
      await other.lock.release();
      expect((await journal.append(entries[2] as never)).ok).toBe(false);
      const subject = { table: id, service: 'fwm/1', server: '10.0.0.1:80', reason: 'operator' };
      const put = await store.marks.put({ ...subject, weight: 1, sinceMs: 1 } as never);
      expect(put.ok).toBe(false);
      expect(unwrap(await other.store.read(id))).toEqual(entries.slice(0, 2));
      await lock.release();
    });

    it('takes its lock again and goes on when nobody else has had it', async () => {
      const { line, lock, id, resources, journal, entries } = await begun();
      line.state = 'cut';
      const appended = journal.append(entries[1] as never);
      await isFree(resources);
      line.state = 'up';
      unwrap(await appended);
      const { store } = controller();
      expect(lock.lockedForMs?.()).toBeGreaterThan(0);
      expect((await store.lock(resources, 'other')).ok).toBe(false);
      unwrap(await journal.append(entries[2] as never));
      expect(unwrap(await store.read(id))).toEqual(entries.slice(0, 3));
      await lock.release();
      expect(await store.holder(resources[1] ?? '')).toBeUndefined();
    });

    it('writes each entry once though answers get lost, and takes a request once', async () => {
      const { line, lock, store, id, journal, entries } = await begun();
      unwrap(await store.ask(id, { kind: 'pause' }));
      let calls = 0;
      line.fate = () => (['up', 'deaf', 'up', 'cut', 'up'] as const)[calls++ % 5] ?? 'up';
      for (const entry of entries.slice(1)) unwrap(await journal.append(entry));
      const inbox = store.inbox(id);
      const taken: unknown[] = [];
      for (let i = 0; i < 12; i++) {
        taken.push(await inbox.take());
        await inbox.settle();
      }
      expect(taken.filter((one) => one !== undefined)).toEqual([{ kind: 'pause' }]);
      delete line.fate;
      expect(unwrap(await store.read(id))).toEqual(entries);
      await lock.release();
    });

    it('gives a lock back that it released while it was cut off', async () => {
      const { line, lock, id, resources } = await begun();
      line.state = 'cut';
      await lock.release();
      expect(lock.lockedForMs?.()).toBeDefined();
      line.state = 'up';
      const other: { lock: { release(): Promise<void> } } = await takeOver(id, resources);
      await other.lock.release();
    });

    it('changes no document under a lock that another has taken over', async () => {
      const { line, lock, id, resources, tools } = await begun();
      const records = createRecordPlace(tools, {
        prefix: `${place.prefix}test-locked/`,
        what: 'a record',
      });
      unwrap(await records.put(id, 'mine', { rollout: id }));
      line.state = 'cut';
      const other = await takeOver(id, resources);
      line.state = 'up';
      for (const change of [
        records.put(id, 'late', { rollout: id }),
        records.remove(id, { rollout: id }),
        records.remove(id),
      ]) {
        expect(await change).toMatchObject({ ok: false, failure: { kind: 'conflict' } });
      }
      expect(unwrap(await records.get(id))?.text).toBe('mine');
      await other.lock.release();
      await lock.release();
    });

    it('changes a document under a lock that it lost to nobody, and so has again', async () => {
      const { line, lock, id, resources, tools } = await begun();
      const records = createRecordPlace(tools, {
        prefix: `${place.prefix}test-locked/`,
        what: 'a record',
      });
      line.state = 'cut';
      const put = records.put(id, 'mine', { rollout: id });
      await isFree(resources);
      line.state = 'up';
      unwrap(await put);
      expect(unwrap(await records.get(id))?.text).toBe('mine');
      expect(unwrap(await records.remove(id, { rollout: id }))).toBe('removed');
      await lock.release();
    });

    it('leaves a request to others when its lock may be over', async () => {
      const { line, lock, store, id, resources, tools } = await begun();
      const requests = createRequestPlace(tools, {
        prefix: tools.keys.requests,
        what: 'a request',
      });
      const { name } = unwrap(await store.ask(id, { kind: 'pause' }));
      line.state = 'cut';
      expect((await requests.get(name)).ok).toBe(false);
      await vi.waitUntil(() => lock.lockedForMs?.() === 0, { timeout: place.leaseMs + 30_000 });
      expect(unwrap(await requests.remove(name, { rollout: id }))).toBe('kept');
      const other = await takeOver(id, resources);
      line.state = 'up';
      const inbox = other.store.inbox(id);
      expect(await vi.waitUntil(() => inbox.take(), { timeout: 30_000 })).toEqual({
        kind: 'pause',
      });
      await other.lock.release();
      await lock.release();
    });

    it('does not know whether a request is removed when the answer is lost', async () => {
      const { line, lock, store, id, tools } = await begun();
      const requests = createRequestPlace(tools, {
        prefix: tools.keys.requests,
        what: 'a request',
      });
      unwrap(await store.ask(id, { kind: 'pause' }));
      line.state = 'deaf';
      expect(unwrap(await requests.remove(id, { rollout: id }))).toBe('unknown');
      line.state = 'up';
      expect(unwrap(await requests.get(id))).toBeUndefined();
      await lock.release();
    });

    it('that answers to nobody is an error which says where and what to do', async () => {
      const line: Line = lineTo(etcd());
      line.state = 'cut';
      let nowMs = 0;
      const quick = {
        nowMs: () => nowMs,
        sleep: async (ms: number) => {
          nowMs += ms;
        },
      };
      const store = createStoreOn(line.etcd, quick, place);
      const listed = await store.list();
      expect(listed).toMatchObject({ ok: false, failure: { kind: 'preflight' } });
      expect(JSON.stringify(listed)).toMatch(/cannot be kept in etcd:.*: cut off.*--state/);
      expect(nowMs).toBeLessThan(15_000);
    });
  });
}
