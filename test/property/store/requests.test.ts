import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fail, ok } from '../../../src/domain/failure.ts';
import { parseEtcdPlace } from '../../../src/domain/places/etcd-place.ts';
import type { Answer, Etcd } from '../../../src/store/etcd/etcd.ts';
import { createStoreOn } from '../../../src/store/etcd/etcd-store.ts';
import { unwrap } from '../../contract/store.ts';
import { createEtcdModel } from '../../support/etcd-model.ts';

/**
 * What becomes of a call: it gets through, it is lost, its answer is lost, or it is given up and done all
 * the same after so many later calls.
 */
type Fate = 'up' | 'cut' | 'deaf' | { readonly doneAfter: number };

function lineOf(real: Etcd, fates: readonly Fate[]) {
  let calls = 0;
  let isPlain = true;
  let delayed: { readonly due: number; readonly call: () => Promise<unknown> }[] = [];
  const catchUp = async (until: number) => {
    const due = delayed.filter((one) => one.due <= until);
    delayed = delayed.filter((one) => one.due > until);
    for (const { call } of due) await call();
  };
  const through = async <T>(call: () => Answer<T>): Answer<T> => {
    if (isPlain) return call();
    const number = calls++;
    const fate = fates[number] ?? 'up';
    const away = fail({ kind: 'away', why: 'no answer' } as const);
    if (typeof fate === 'object') delayed.push({ due: number + fate.doneAfter, call });
    const answer = fate === 'up' || fate === 'deaf' ? await call() : away;
    await catchUp(number);
    return fate === 'deaf' ? away : answer;
  };
  const etcd: Etcd = {
    range: (request) => through(() => real.range(request)),
    txn: (txn) => through(() => real.txn(txn)),
    grant: (ttlS) => real.grant(ttlS),
    keepAlive: (lease) => real.keepAlive(lease),
  };
  return {
    etcd,
    begin: () => {
      isPlain = false;
    },
    end: async () => {
      await catchUp(Number.POSITIVE_INFINITY);
      isPlain = true;
    },
  };
}

const place = parseEtcdPlace('etcd://model/drain');
const at = place.ok ? place.value : undefined;
const timing = {
  nowMs: () => 0,
  sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
};

const fate = fc.oneof(
  fc.constantFrom<Fate>('up', 'cut', 'deaf'),
  fc.record({ doneAfter: fc.integer({ min: 1, max: 4 }) }),
);

it('a request is taken once by the holder of the locks, whichever answers get lost or come late', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 12 }), async (fates) => {
      if (!at) throw new Error('no place');
      const model = createEtcdModel(() => 0);
      const line = lineOf(model, fates);
      const store = createStoreOn(line.etcd, timing, at);
      const lock = unwrap(await store.lock(['tcp/10.0.0.100:80'], 'r1'));
      unwrap(await createStoreOn(model, timing, at).ask('r1', { kind: 'pause' }));
      const inbox = store.inbox('r1');
      const taken: unknown[] = [];
      line.begin();
      const takeAndSettle = async () => {
        taken.push(await inbox.take());
        await inbox.settle();
      };
      for (let i = 0; i < 20; i++) await takeAndSettle();
      await line.end();
      for (let i = 0; i < 10; i++) await takeAndSettle();
      await lock.release();
      expect(taken.filter((one) => one !== undefined)).toEqual([{ kind: 'pause' }]);
      const requests = { key: 'drain/requests/', end: 'drain/requests0' };
      expect(await model.range(requests)).toEqual(ok({ kvs: [], more: false }));
    }),
    { numRuns: 300 },
  ));
