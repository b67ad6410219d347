import { hostname } from 'node:os';
import { type Failure, fail, ok, type Result } from '../../../domain/failure.ts';
import { takenOver } from '../../../domain/rollout/lock-refusal.ts';
import { randomHex } from '../../../files/hex.ts';
import type { Lock, LockHolder, Store } from '../../../rollout/ports.ts';
import type { Compare, KeyValue, Put, RangeRequest } from '../etcd.ts';
import { etcdFailure, lockedBy } from '../etcd-failure.ts';
import { deleteLocks, type Holding, type LockTools, locksInTxn, parseLock } from './holding.ts';
import { type NotTaken, takeLocks } from './take-locks.ts';

export interface LockOptions extends LockTools {
  /** The name of this etcd in messages. */
  readonly place: string;
  readonly leaseMs: number;
}

/** Changes that are made under the locks of a process, on these conditions and all in one step. */
export interface Write {
  readonly compare?: readonly Compare[];
  readonly puts?: readonly Put[];
  readonly deletes?: readonly string[];
  /** Ranges to be read when a condition does not hold. */
  readonly otherwise?: readonly RangeRequest[];
}

export type Written =
  | { readonly done: true }
  | { readonly done: false; readonly found: readonly (readonly KeyValue[])[] };

export interface EtcdLocks extends Pick<Store, 'lock' | 'holder'> {
  /** True while this process has a lock, or believes so. */
  isLocking(): boolean;
  /**
   * Writes in the transaction that compares that the locks are still this process's: those of the
   * rollout, or all that it has. What was lost and is nobody's is taken again first.
   */
  write(write: Write, rollout?: string): Promise<Result<Written, Failure>>;
  /** Comparisons that make a transaction this holder's; `undefined` when the locks may be over. */
  conditions(rollout?: string): readonly Compare[] | undefined;
}

/**
 * Locks as keys that are attached to a lease: when their holder gives no sign of life they are gone
 * by themselves. A note beside each, which stays, says who was the last to hold it.
 */
export function createEtcdLocks(options: LockOptions): EtcdLocks {
  const { etcd, keys, lease, patiently, timing, place, leaseMs } = options;
  const leaseS = leaseMs / 1_000;
  let holdings: readonly Holding[] = [];
  /** Released holdings whose keys are still there: etcd was away at that moment. */
  let leftovers: readonly Holding[] = [];
  let isKeeping = false;

  const failureOf = (failure: NotTaken, wasOurs: boolean): Failure => {
    if (failure.kind !== 'locked') return etcdFailure(place, failure);
    const { resource, holder } = failure;
    return wasOurs || !holder ? takenOver(resource, holder) : lockedBy(resource, holder, leaseS);
  };

  const keyConditions = ({ resources, created }: Holding): readonly Compare[] =>
    // They share one lease: as long as it lasts none of them is gone.
    resources
      .slice(0, locksInTxn)
      .map((one) => ({ key: keys.lock(one), created: created.get(one) ?? '0' }));

  const concerned = (rollout: string | undefined): readonly Holding[] => {
    const own = holdings.filter(({ value }) => value.rollout === rollout && !value.momentary);
    return own.length > 0 ? own : holdings;
  };

  const giveBack = async (holding: Holding): Promise<void> => {
    if (await deleteLocks(options, holding)) return;
    // With the lease it would end as well, but others may be attached to that.
    leftovers = [...leftovers, holding];
    void keep();
  };

  const release = async (holding: Holding): Promise<void> => {
    if (holding.released) return;
    holding.released = true;
    holdings = holdings.filter((one) => one !== holding);
    await giveBack(holding);
  };

  const retake = async (holding: Holding): Promise<Result<void, NotTaken>> => {
    const taken = await takeLocks(options, holding, true);
    if (holding.released) await giveBack(holding);
    return taken;
  };

  /** Attaches all holdings to a lease that lasts for a while, where they are not. */
  const makeSure = async (under: readonly Holding[]): Promise<Result<void>> => {
    if (under.length === 0) return ok(undefined);
    const fresh = await lease.fresh();
    if (!fresh.ok) return fail(etcdFailure(place, fresh.failure));
    for (const holding of under) {
      if (holding.lease === fresh.value) continue;
      const [first = ''] = holding.resources;
      if (holding.value.momentary) return fail(takenOver(first, undefined));
      const taken = await retake(holding);
      if (!taken.ok) return fail(failureOf(taken.failure, true));
    }
    return ok(undefined);
  };

  const write: EtcdLocks['write'] = async (asked, rollout) => {
    for (;;) {
      const under = concerned(rollout);
      const sure = await makeSure(under);
      if (!sure.ok) return sure;
      const locks = under.flatMap(keyConditions).slice(0, locksInTxn);
      const ended = await patiently(() =>
        etcd.txn({
          ...asked,
          compare: [...locks, ...(asked.compare ?? [])],
          otherwise: [...locks.map(({ key }) => ({ key })), ...(asked.otherwise ?? [])],
        }),
      );
      if (!ended.ok) return fail(etcdFailure(place, ended.failure));
      if (ended.value.succeeded) {
        // It may have taken until after the lease; whoever goes on now has to have it.
        const own = under.filter(({ released }) => !released);
        if (own.every((one) => lease.leftMs(one.lease) > 0)) return ok({ done: true });
        const kept = await write({}, rollout);
        return kept.ok ? ok({ done: true }) : kept;
      }
      const { found } = ended.value;
      const gone = locks.filter((one, i) => !isThere(one, found[i]?.[0]));
      if (gone.length === 0) return ok({ done: false, found: found.slice(locks.length) });
      const goneKeys = new Set(gone.map(({ key }) => key));
      for (const holding of under) {
        if (holding.resources.some((one) => goneKeys.has(keys.lock(one)))) holding.lease = '';
      }
      const renewed = await patiently(lease.renew);
      if (!renewed.ok) return fail(etcdFailure(place, renewed.failure));
    }
  };

  /** Gives signs of life, for as long as anything is locked. */
  const keep = async (): Promise<void> => {
    if (isKeeping) return;
    isKeeping = true;
    let pauseMs = leaseMs / 3;
    while (holdings.length + leftovers.length > 0) {
      await timing.sleep(pauseMs, 'background');
      if (holdings.length + leftovers.length === 0) break;
      const renewed = await lease.renew();
      pauseMs = renewed.ok ? leaseMs / 3 : Math.min(1_000, leaseMs / 12);
      if (!renewed.ok) continue;
      for (const left of leftovers) {
        if (await deleteLocks(options, left)) leftovers = leftovers.filter((one) => one !== left);
      }
      // A lock that was lost is nobody's, perhaps: taken again it is nobody else's.
      for (const holding of holdings) {
        const isLost = !holding.value.momentary && lease.leftMs(holding.lease) === 0;
        if (isLost && !holding.released) await retake(holding);
      }
    }
    isKeeping = false;
  };

  return {
    isLocking: () => holdings.length > 0,
    write,
    conditions(rollout) {
      const under = concerned(rollout);
      const isSure = under.every((one) => lease.leftMs(one.lease) > 0);
      return isSure ? under.flatMap(keyConditions).slice(0, locksInTxn) : undefined;
    },
    async lock(resources, rollout, { momentary = false, actor } = {}) {
      const holding: Holding = {
        resources: [...new Set(resources)].sort(),
        value: {
          rollout,
          pid: process.pid,
          host: hostname(),
          sinceMs: Date.now(),
          nonce: randomHex(12),
          momentary: momentary || undefined,
          actor,
        },
        lease: '',
        created: new Map(),
        noted: new Map(),
        released: false,
      };
      const taken = await takeLocks(options, holding, false);
      if (!taken.ok) {
        await giveBack(holding);
        return fail(failureOf(taken.failure, false));
      }
      holdings = [...holdings, holding];
      void keep();
      const lock: Lock = {
        release: () => release(holding),
        lockedForMs: () => lease.leftMs(holding.lease),
      };
      return ok(lock);
    },
    async holder(resource): Promise<LockHolder | undefined> {
      const read = await patiently(() => etcd.range({ key: keys.lock(resource) }));
      const [kv] = read.ok ? read.value.kvs : [];
      if (!kv) return undefined;
      const { nonce: _, ...holder } = parseLock(kv.value) ?? { nonce: '' };
      return 'rollout' in holder ? holder : undefined;
    },
  };
}

const isThere = (compare: Compare, kv: KeyValue | undefined): boolean =>
  'created' in compare && kv?.created === compare.created;
