import { type EtcdPlace, etcdPlaceName } from '../../domain/etcd-place.ts';
import type { Store } from '../../rollout/ports.ts';
import { createEtcdArounds } from './arounds.ts';
import type { Etcd } from './etcd.ts';
import { readAccess } from './gateway/access.ts';
import { createGateway } from './gateway/gateway.ts';
import { createEtcdJournals } from './journals.ts';
import { keysUnder } from './keys.ts';
import { createLeaseKeeper } from './locks/lease.ts';
import { createEtcdLocks, type EtcdLocks } from './locks/locks.ts';
import { createEtcdMarks } from './marks.ts';
import { createPatience } from './patience.ts';
import { createEtcdRequests } from './requests.ts';
import { createTiming, type Timing } from './timing.ts';
import { createEtcdTraces } from './traces.ts';

export interface EtcdStoreOptions {
  /** Tells a person what is being waited for. */
  readonly tell?: (text: string) => void;
  /** Somebody wants it to end: waiting for long is over. */
  readonly isStopping?: () => boolean;
}

/** Who has nothing yet to finish is told soon; a rollout waits for an etcd that comes back. */
const patienceMs = { atFirst: 5_000, underLocks: 300_000, stopping: 5_000 } as const;

/**
 * The store of several machines: whoever gets at this etcd can go on with what another began. Nothing
 * is asked of etcd before it is needed.
 */
export function createEtcdStore(
  place: EtcdPlace,
  variables: Readonly<Record<string, string | undefined>>,
  options: EtcdStoreOptions = {},
): Store {
  const gateway = createGateway(place.endpoints, () => readAccess(place, variables));
  return createStoreOn(gateway, createTiming(), place, options);
}

/** The same on any etcd and in any time. */
export function createStoreOn(
  etcd: Etcd,
  timing: Timing,
  at: EtcdPlace,
  { tell, isStopping = () => false }: EtcdStoreOptions = {},
): Store {
  const limitMs = (): number => {
    if (isStopping()) return patienceMs.stopping;
    return locks.isHolding() ? patienceMs.underLocks : patienceMs.atFirst;
  };
  const patiently = createPatience({ timing, limitMs, ...(tell ? { tell } : {}) });
  const lease = createLeaseKeeper(etcd, { timing, patiently, ttlMs: at.leaseMs });
  const keys = keysUnder(at.prefix);
  const place = etcdPlaceName(at);
  const shared = { etcd, keys, patiently, timing, place };
  const locks: EtcdLocks = createEtcdLocks({ ...shared, lease, leaseMs: at.leaseMs });
  const tools = { ...shared, locks };
  return {
    ...createEtcdJournals(tools),
    ...createEtcdRequests(tools),
    ...createEtcdTraces(tools),
    lock: locks.lock,
    holder: locks.holder,
    marks: createEtcdMarks(tools),
    arounds: createEtcdArounds(tools),
  };
}
