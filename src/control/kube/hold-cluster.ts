import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { kubeHolder } from '../../domain/rollout/lock-refusal.ts';
import type { Lock, Store } from '../../rollout/ports.ts';
import { runOf } from '../../rollout/requests.ts';
import type { Audience, Outcome } from '../audience.ts';
import type { RequestCall } from '../resume/await-request.ts';

const prefix = 'kube-';

/** `kube-prod`: the name under which a controller is asked; dots are no part of such a name. */
export const controllerId = (cluster: string): string =>
  `${prefix}${cluster.replaceAll('.', '-')}`.slice(0, 64);

/** The lock of a controller, by its id. */
export const resourceOf = (id: string): string => `drain ${id}`;

/** Holds a cluster for one controller, where nothing else tells two apart. */
export async function holdCluster(
  store: Pick<Store, 'lock' | 'holder'>,
  cluster: string,
): Promise<Result<Lock>> {
  const resource = resourceOf(controllerId(cluster));
  const locked = await store.lock([resource], kubeHolder);
  if (locked.ok) return locked;
  const holder = await store.holder(resource);
  return fail(holder ? drivenElsewhere(cluster, holder.pid) : locked.failure);
}

const drivenElsewhere = (cluster: string, pid: number): Failure => ({
  kind: 'conflict',
  what: `another drain kube drives the directors for the cluster ${printable(cluster)} already (process ${pid})`,
  next: 'stop that one; two instances need --state etcd://HOST:2379/PREFIX',
});

/** The controller of a cluster was told to go on with what the cluster shows. */
export interface ControllerNote {
  readonly kind: 'controller-asked';
  readonly controller: string;
  readonly pid: number;
  readonly host: string | undefined;
}

/**
 * `drain continue kube-CLUSTER`: what its controller holds goes on with what the cluster shows now.
 * `undefined` for what is no controller's.
 */
export async function requestOfController(
  { rollout: id, store, request }: RequestCall,
  audience: Pick<Audience<ControllerNote>, 'note'>,
): Promise<Result<Outcome> | undefined> {
  if (!id.startsWith(prefix)) return undefined;
  const holder = await store.holder(resourceOf(id));
  if (!holder) {
    return fail({
      kind: 'usage',
      what: `no drain kube of this state is ${printable(id)}`,
      next: 'name it kube-CLUSTER, with the cluster of its file, and the --state that it has',
    });
  }
  if (request.kind !== 'continue') {
    return fail({
      kind: 'usage',
      what: `drain kube knows no ${request.kind}`,
      next: 'stop its process; its tables stay as they are',
    });
  }
  const asked = await store.ask(id, request, runOf(holder));
  if (!asked.ok) return asked;
  const { pid, host } = holder;
  audience.note({ kind: 'controller-asked', controller: id, pid, host });
  return ok({ kind: 'requested', exitCode: 0 });
}
