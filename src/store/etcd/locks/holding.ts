import * as z from 'zod';
import { actorSchema } from '../../../files/actor-schema.ts';
import type { LockHolder } from '../../../rollout/ports.ts';
import type { Etcd } from '../etcd.ts';
import type { Keys } from '../keys.ts';
import type { Patience } from '../patience.ts';
import type { Timing } from '../timing.ts';
import type { LeaseKeeper } from './lease.ts';

/** The value of a lock's key: for people, and for its holder to know the key again. */
export interface LockValue extends LockHolder {
  /** Tells one holding from every other. */
  readonly nonce: string;
}

const schema = z.object({
  v: z.literal(1),
  rollout: z.string().max(256),
  pid: z.int().min(0),
  host: z.string().max(256).exactOptional(),
  sinceMs: z.number(),
  momentary: z.boolean().exactOptional(),
  actor: actorSchema.optional().catch(undefined),
  nonce: z.string().max(64),
});

export const formatLock = (value: LockValue): string => JSON.stringify({ v: 1, ...value });

/** Reads the value of a lock's key; `undefined` for one that this version does not write. */
export function parseLock(text: string): LockValue | undefined {
  try {
    const { data } = schema.safeParse(JSON.parse(text));
    if (!data) return undefined;
    const { v: _, ...value } = data;
    return value;
  } catch {
    // No JSON: somebody else's.
    return undefined;
  }
}

/** The locks that one call of `lock` has, or has had. */
export interface Holding {
  readonly resources: readonly string[];
  readonly value: LockValue;
  /** The lease that the keys are attached to. */
  lease: string;
  /** Revisions by resource: of the lock's key, and of the note of its last holder. */
  created: ReadonlyMap<string, string>;
  noted: ReadonlyMap<string, string>;
  released: boolean;
}

export interface LockTools {
  readonly etcd: Etcd;
  readonly keys: Keys;
  readonly lease: LeaseKeeper;
  readonly patiently: Patience;
  readonly timing: Timing;
}

/** etcd takes 128 operations in one transaction unless it is told otherwise; two go to each lock. */
export const locksInTxn = 60;

/** Gives locks back, but for those that are somebody else's by now. False when etcd is away. */
export async function deleteLocks({ etcd, keys }: LockTools, holding: Holding): Promise<boolean> {
  const there = [...holding.created].map(([resource, created]) => ({
    key: keys.lock(resource),
    created,
  }));
  const remove = (batch: typeof there) =>
    etcd.txn({ compare: batch, deletes: batch.map(({ key }) => key) });
  for (let from = 0; from < there.length; from += locksInTxn) {
    const batch = there.slice(from, from + locksInTxn);
    const ended = await remove(batch);
    // Where one is not there any more the others are given back one by one.
    const again = ended.ok && !ended.value.succeeded ? batch : [];
    const single = await Promise.all(again.map((one) => remove([one])));
    for (const one of [ended, ...single]) {
      if (!one.ok && one.failure.kind === 'away') return false;
    }
  }
  return true;
}
