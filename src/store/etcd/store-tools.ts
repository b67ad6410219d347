import type { Etcd } from './etcd.ts';
import type { Keys } from './keys.ts';
import type { EtcdLocks } from './locks/locks.ts';
import type { Patience } from './patience.ts';
import type { Timing } from './timing.ts';

/** What the parts of a store in etcd share. */
export interface StoreTools {
  readonly etcd: Etcd;
  readonly keys: Keys;
  readonly locks: EtcdLocks;
  readonly patiently: Patience;
  readonly timing: Timing;
  /** How messages name this etcd. */
  readonly place: string;
}
