import type { KubeRunDeps } from '../../kube/run/kube-run-ports.ts';
import type { RunningKube } from '../../kube/run/run-kube.ts';
import type { Lock, Store } from '../../rollout/ports.ts';
import { runOf } from '../../rollout/requests.ts';
import { controllerId, holdCluster, resourceOf } from './hold-cluster.ts';

interface Hearing extends Pick<KubeRunDeps, 'clock' | 'mayWrite'>, Pick<RunningKube, 'ended'> {
  readonly store: Pick<Store, 'inbox' | 'lock' | 'holder'>;
  readonly cluster: string;
  /** The cluster is held for this process already; otherwise it is while this instance leads. */
  readonly isHeld: boolean;
}

const lookEveryMs = 1_000;

/** Hears `drain continue` until the loops have ended; what another instance is asked is left to it. */
export async function hearRequests(
  { store, clock, cluster, mayWrite, isHeld, ended }: Hearing,
  goOn: () => void,
): Promise<void> {
  const id = controllerId(cluster);
  const inbox = store.inbox(id, {
    async run() {
      const holder = await store.holder(resourceOf(id));
      return holder && runOf(holder);
    },
  });
  const over = new AbortController();
  void ended.then(() => over.abort());
  let lock: Lock | undefined;
  while (!over.signal.aborted) {
    if (mayWrite()) {
      if (!isHeld && !lock) {
        const locked = await holdCluster(store, cluster);
        lock = locked.ok ? locked.value : undefined;
      }
      const request = isHeld || lock ? await inbox.take() : undefined;
      if (request?.kind === 'continue') goOn();
      if (request) await inbox.settle();
    } else if (lock) {
      await lock.release();
      lock = undefined;
    }
    await clock.sleepUntil(clock.nowMs() + lookEveryMs, over.signal);
  }
  await lock?.release();
}
