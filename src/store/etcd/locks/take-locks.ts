import { fail, ok, type Result } from '../../../domain/failure.ts';
import type { KeyValue, Trouble } from '../etcd.ts';
import {
  formatLock,
  type Holding,
  type LockTools,
  type LockValue,
  locksInTxn,
  parseLock,
} from './holding.ts';

export type NotTaken =
  | Trouble
  /** `holder` is absent when the lock was given back already. */
  | { readonly kind: 'locked'; readonly resource: string; readonly holder: LockValue | undefined };

/** A momentary lock is kept for two runs of ipvsadm; a slow one may take seconds. */
const longestMomentMs = 10_000;
const pauseMs = 30;

/**
 * Takes all locks of a holding that are not there. With `again` each of them must not have been
 * anybody else's since: then whatever it protects is still as the holder left it.
 */
export async function takeLocks(
  tools: LockTools,
  holding: Holding,
  again: boolean,
): Promise<Result<void, NotTaken>> {
  const { resources } = holding;
  const deadlineMs = tools.timing.nowMs() + longestMomentMs;
  for (let from = 0; from < resources.length; from += locksInTxn) {
    const batch = resources.slice(from, from + locksInTxn);
    const taken = await takeBatch(tools, holding, { batch, again, deadlineMs });
    if (!taken.ok) return taken;
  }
  return ok(undefined);
}

interface Batch {
  readonly batch: readonly string[];
  readonly again: boolean;
  readonly deadlineMs: number;
}

async function takeBatch(
  { etcd, keys, lease, patiently, timing }: LockTools,
  holding: Holding,
  { batch, again, deadlineMs }: Batch,
): Promise<Result<void, NotTaken>> {
  const { value } = holding;
  const text = formatLock(value);
  /** Own locks that are there, with the revision that made each. */
  let there: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const fresh = await lease.fresh();
    if (!fresh.ok) return fresh;
    const missing = batch.filter((resource) => !there.has(resource));
    const notes = value.momentary ? [] : missing;
    const ended = await patiently(() =>
      etcd.txn({
        compare: [
          ...batch.map((one) => ({ key: keys.lock(one), created: there.get(one) ?? '0' })),
          ...(again ? missing : []).map((one) => ({
            key: keys.lastHolder(one),
            modified: holding.noted.get(one) ?? '0',
          })),
        ],
        puts: [
          ...missing.map((one) => ({ key: keys.lock(one), value: text, lease: fresh.value })),
          ...notes.map((one) => ({ key: keys.lastHolder(one), value: text })),
        ],
        otherwise: [
          ...batch.map((one) => ({ key: keys.lock(one) })),
          ...batch.map((one) => ({ key: keys.lastHolder(one) })),
        ],
      }),
    );
    if (!ended.ok) {
      if (ended.failure.kind !== 'no-lease') return ended;
      const renewed = await patiently(lease.renew);
      if (!renewed.ok) return renewed;
      continue;
    }
    if (ended.value.succeeded) {
      const { revision } = ended.value;
      const all = batch.map((one) => [one, there.get(one) ?? revision] as const);
      holding.lease = fresh.value;
      holding.created = new Map([...holding.created, ...all]);
      holding.noted = new Map([...holding.noted, ...notes.map((one) => [one, revision] as const)]);
      return ok(undefined);
    }
    const { found } = ended.value;
    const ours = new Map<string, string>();
    let isBusy = false;
    for (const [index, resource] of batch.entries()) {
      const [lock] = found[index] ?? [];
      const [note] = found[batch.length + index] ?? [];
      const holder = lock && parseLock(lock.value);
      if (lock && holder?.nonce === value.nonce) {
        // An attempt whose answer was lost, or a lock beside one that was lost.
        ours.set(resource, lock.created);
        if (note) holding.noted = new Map([...holding.noted, [resource, note.modified]]);
      } else if (again && isOthers(note, value)) {
        return fail({ kind: 'locked', resource, holder: holder ?? parseLock(note?.value ?? '') });
      } else if (lock) {
        if (!holder) return fail(notALock(resource, lock));
        const isForAMoment = holder.momentary === true && timing.nowMs() < deadlineMs;
        if (!isForAMoment) return fail({ kind: 'locked', resource, holder });
        isBusy = true;
      } else if (note && again) {
        holding.noted = new Map([...holding.noted, [resource, note.modified]]);
      }
    }
    there = ours;
    if (isBusy) await timing.sleep(pauseMs);
  }
}

/** True where somebody else has had the lock since, even if not any more. */
const isOthers = (note: KeyValue | undefined, { nonce }: LockValue): boolean =>
  note === undefined || parseLock(note.value)?.nonce !== nonce;

const notALock = (resource: string, { key }: KeyValue): Trouble => ({
  kind: 'refused',
  why: `the key ${key}, the lock on ${resource}, holds what no drain of this version writes`,
  next: 'use the same version everywhere, or another prefix',
});
