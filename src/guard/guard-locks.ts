import { lockName } from '../daemons/lock-for-edit.ts';
import type { ServiceKey } from '../domain/address.ts';
import type { Failure } from '../domain/failure.ts';
import { guardHolder } from '../domain/rollout/lock-refusal.ts';
import type { Lock } from '../rollout/ports.ts';
import type { GuardDeps } from './guard-ports.ts';

export interface Claims {
  /** Locks from now on exactly these services; or returns a failure, and nothing has changed. */
  hold(services: readonly ServiceKey[]): Promise<Failure | undefined>;
  release(): Promise<void>;
}

/** Locks guarded services: two guards of one would take each other's weights for an operator's. */
export function createClaims({ store, table }: Pick<GuardDeps, 'store' | 'table'>): Claims {
  const held = new Map<ServiceKey, Lock>();
  const letGo = async (services: readonly ServiceKey[]): Promise<void> => {
    for (const service of services) {
      await held.get(service)?.release();
      held.delete(service);
    }
  };
  return {
    async hold(services) {
      const taken: ServiceKey[] = [];
      for (const service of services) {
        if (held.has(service)) continue;
        const resource = `guard of ${lockName(service, table)}`;
        const locked = await store.lock([resource], guardHolder);
        if (!locked.ok) {
          await letGo(taken);
          const holder = await store.holder(resource);
          return holder ? guardedElsewhere(service, holder.pid) : locked.failure;
        }
        held.set(service, locked.value);
        taken.push(service);
      }
      await letGo([...held.keys()].filter((service) => !services.includes(service)));
      return undefined;
    },
    release: () => letGo([...held.keys()]),
  };
}

const guardedElsewhere = (service: ServiceKey, pid: number): Failure => ({
  kind: 'conflict',
  what: `another guard looks after ${service} already (process ${pid})`,
  next: 'stop that one, or leave the service out of one of the files',
});
