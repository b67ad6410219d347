import type { EtcdPlace } from '../../domain/places/etcd-place.ts';
import type { Store } from '../../rollout/ports.ts';
import { createDocuments } from '../documents/kinds.ts';
import { createRequests } from '../requests.ts';
import type { Etcd } from './etcd.ts';
import { readAccess } from './gateway/access.ts';
import { createGateway } from './gateway/gateway.ts';
import { createEtcdJournals } from './journals.ts';
import { createRecordPlace, createRequestPlace } from './place.ts';
import { createStoreTools, type EtcdStoreOptions, type StoreTools } from './store-tools.ts';
import { createTiming, type Timing } from './timing.ts';
import { createEtcdTraces } from './traces.ts';

/** Bounds the reading of an inbox before a decision: a slow etcd must not delay decisions. */
const longestConnectionsMs = 150;

/**
 * The store of several machines: whoever gets at this etcd can resume what another began. Nothing
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

/** The store on any etcd and in any time. */
export const createStoreOn = (
  etcd: Etcd,
  timing: Timing,
  at: EtcdPlace,
  options: EtcdStoreOptions = {},
): Store => createStoreWith(createStoreTools(etcd, timing, at, options));

export function createStoreWith(tools: StoreTools): Store {
  const { keys, locks, timing } = tools;
  return {
    ...createEtcdJournals(tools),
    ...createRequests({
      place: createRequestPlace(tools, {
        prefix: keys.requests,
        what: 'what is asked of rollouts',
      }),
      giveUp: () => timing.sleep(longestConnectionsMs, 'background'),
    }),
    ...createEtcdTraces(tools),
    lock: locks.lock,
    holder: locks.holder,
    ...createDocuments(({ name, what }) =>
      createRecordPlace(tools, { prefix: keys.documents(name), what }),
    ),
  };
}
