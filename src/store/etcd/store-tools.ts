import { type EtcdPlace, etcdPlaceName } from '../../domain/places/etcd-place.ts';
import type { Etcd } from './etcd.ts';
import { type Keys, keysUnder } from './keys.ts';
import { createLeaseKeeper } from './locks/lease.ts';
import { createEtcdLocks, type EtcdLocks } from './locks/locks.ts';
import { createPatience, type Patience } from './patience.ts';
import type { Timing } from './timing.ts';

/** The parts of a store in etcd that journals, traces and documents share. */
export interface StoreTools {
  readonly etcd: Etcd;
  readonly keys: Keys;
  readonly locks: EtcdLocks;
  readonly patiently: Patience;
  readonly timing: Timing;
  /** The name of this etcd in messages. */
  readonly place: string;
}

export interface EtcdStoreOptions {
  /** Tells a person that etcd is being waited for. */
  readonly tell?: (text: string) => void;
  /** True once somebody wants the process to end: no wait is long any more. */
  readonly isStopping?: () => boolean;
}

/** The wait of a process without locks is short; a rollout waits for an etcd that comes back. */
const patienceMs = { atFirst: 5_000, underLocks: 300_000, stopping: 5_000 } as const;

export function createStoreTools(
  etcd: Etcd,
  timing: Timing,
  at: EtcdPlace,
  { tell, isStopping = () => false }: EtcdStoreOptions = {},
): StoreTools {
  const limitMs = (): number => {
    if (isStopping()) return patienceMs.stopping;
    return locks.isLocking() ? patienceMs.underLocks : patienceMs.atFirst;
  };
  const patiently = createPatience({ timing, limitMs, tell });
  const lease = createLeaseKeeper(etcd, { timing, patiently, ttlMs: at.leaseMs });
  const keys = keysUnder(at.prefix);
  const place = etcdPlaceName(at);
  const shared = { etcd, keys, patiently, timing, place };
  const locks: EtcdLocks = createEtcdLocks({ ...shared, lease, leaseMs: at.leaseMs });
  return { ...shared, locks };
}
