import { fail, ok } from '../../domain/failure.ts';
import type { ControlInbox, ControlRequest, Store } from '../../rollout/ports.ts';
import { parseControlRequest } from '../control-request.ts';
import { isRolloutId } from '../rollout-id.ts';
import type { KeyValue } from './etcd.ts';
import { etcdFailure, stateFailure } from './etcd-failure.ts';
import type { StoreTools } from './store-tools.ts';

/** An inbox is asked before every decision: an etcd that is slow or away must not hold those up. */
const longestLookMs = 150;

/** `requests/ID`: what another terminal asks; the last one counts. */
export function createEtcdRequests(tools: StoreTools): Pick<Store, 'ask' | 'inbox'> {
  const { etcd, keys, patiently, place } = tools;
  return {
    async ask(rollout, request) {
      if (!isRolloutId(rollout)) return fail(stateFailure(place, 'that is no rollout', 'check it'));
      const puts = [{ key: keys.request(rollout), value: JSON.stringify(request) }];
      const asked = await patiently(() => etcd.txn({ compare: [], puts }));
      return asked.ok ? ok(undefined) : fail(etcdFailure(place, asked.failure));
    },
    inbox: (rollout) => createInbox(tools, rollout),
  };
}

function createInbox({ etcd, keys, locks, timing }: StoreTools, rollout: string): ControlInbox {
  const key = keys.request(rollout);
  let looking: Promise<void> | undefined;
  let taken: ControlRequest | undefined;
  /** Its removal was asked for, and no answer came. */
  let removed: KeyValue | undefined;

  const look = async (): Promise<void> => {
    const read = await etcd.range({ key });
    if (!read.ok) return;
    const [kv] = read.value.kvs;
    if (removed && removed.modified !== kv?.modified) {
      // Nobody but the holder of the locks takes requests: it was this one.
      taken = parseControlRequest(removed.value);
      removed = undefined;
      return;
    }
    const conditions = kv && locks.conditions(rollout);
    if (!conditions) return;
    const compare = [{ key, modified: kv.modified }, ...conditions];
    const ended = await etcd.txn({ compare, deletes: [key] });
    removed = !ended.ok && ended.failure.kind === 'away' ? kv : undefined;
    if (ended.ok && ended.value.succeeded) taken = parseControlRequest(kv.value);
  };

  return {
    async take() {
      looking ??= look().finally(() => {
        looking = undefined;
      });
      await Promise.race([looking, timing.sleep(longestLookMs, 'background')]);
      const request = taken;
      taken = undefined;
      return request;
    },
  };
}
