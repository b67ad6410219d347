import { fail, ok } from '../../src/domain/failure.ts';
import type {
  Compare,
  Etcd,
  KeyValue,
  RangeRequest,
  Txn,
  TxnEnd,
} from '../../src/store/etcd/etcd.ts';

export interface EtcdModel extends Etcd {
  /** What a key is at this moment. */
  peek(key: string): KeyValue | undefined;
}

/** What etcd promises of the calls that a store makes, in memory: one suite holds both to it. */
export function createEtcdModel(nowMs: () => number): EtcdModel {
  const kvs = new Map<string, KeyValue>();
  const leases = new Map<string, { readonly ttlS: number; readonly untilMs: number }>();
  let revision = 1;
  let leaseCount = 0;

  const expire = (): void => {
    for (const [id, { untilMs }] of leases) {
      if (untilMs >= nowMs()) continue;
      leases.delete(id);
      revision++;
      for (const [key, kv] of kvs) if (kv.lease === id) kvs.delete(key);
    }
  };

  const range = ({ key, end, limit, keysOnly, descending }: RangeRequest) => {
    const within = [...kvs.values()]
      .filter((kv) => (end === undefined ? kv.key === key : kv.key >= key && kv.key < end))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const all = descending ? within.reverse() : within;
    const found = all.slice(0, limit || all.length);
    return {
      kvs: keysOnly ? found.map((kv) => ({ ...kv, value: '' })) : found,
      more: found.length < all.length,
    };
  };

  const holds = (compare: Compare): boolean => {
    const kv = kvs.get(compare.key);
    if ('exists' in compare) return kv !== undefined;
    return 'created' in compare
      ? (kv?.created ?? '0') === compare.created
      : (kv?.modified ?? '0') === compare.modified;
  };

  const change = ({ puts = [], deletes = [] }: Txn): void => {
    if (puts.length + deletes.length > 0) revision++;
    for (const key of deletes) kvs.delete(key);
    for (const { key, value, lease = '0' } of puts) {
      const modified = String(revision);
      kvs.set(key, { key, value, lease, modified, created: kvs.get(key)?.created ?? modified });
    }
  };

  return {
    peek(key) {
      expire();
      return kvs.get(key);
    },
    async range(request) {
      expire();
      return ok(range(request));
    },
    async txn(txn) {
      expire();
      const { compare, puts = [], otherwise = [] } = txn;
      if (Math.max(compare.length, puts.length, otherwise.length) > 128) {
        return fail({ kind: 'refused', why: 'too many operations in txn request' });
      }
      if (!compare.every(holds)) {
        const end: TxnEnd = { succeeded: false, found: otherwise.map((one) => range(one).kvs) };
        return ok(end);
      }
      if (puts.some(({ lease }) => lease !== undefined && !leases.has(lease))) {
        return fail({ kind: 'no-lease' });
      }
      change(txn);
      return ok({ succeeded: true, revision: String(revision) });
    },
    async grant(ttlS) {
      expire();
      const id = String(++leaseCount);
      leases.set(id, { ttlS, untilMs: nowMs() + ttlS * 1_000 });
      return ok({ id, ttlS });
    },
    async keepAlive(id) {
      expire();
      const lease = leases.get(id);
      if (!lease) return ok(0);
      leases.set(id, { ...lease, untilMs: nowMs() + lease.ttlS * 1_000 });
      return ok(lease.ttlS);
    },
  };
}
