import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { Diagnostic } from '../domain/failure.ts';
import { type HostFacts, weightOwner } from '../domain/ipvs/host-facts.ts';
import type { VirtualService } from '../domain/ipvs/ipvs.ts';
import type { ManagedService } from '../domain/ipvs/managed-service.ts';
import { shortList } from '../domain/printable.ts';
import type { ServicePlan } from '../domain/rollout/plan.ts';

/** The part of a plan that says whose a service is, and what weights that program brings back. */
export function managedPart(
  facts: HostFacts,
  service: ServiceKey,
): Pick<ServicePlan, 'managedBy' | 'watched'> {
  const owner = weightOwner(facts, service);
  if (!owner) return {};
  const said = facts.manager && owner.says?.get(service);
  const watched = said && [...said.servers].map(([key, one]) => [key, one.initialWeight] as const);
  return { managedBy: owner.name, ...(watched && { watched }) };
}

interface Moved {
  /** Servers that get weight. */
  readonly filled: readonly ServerKey[];
}

/** Examines a service that is lived with by its manager's own word (`manager: {keepalived: …}`). */
export function examineManaged(
  facts: HostFacts,
  service: VirtualService,
  { filled }: Moved,
): readonly Diagnostic[] {
  const owner = weightOwner(facts, service.key);
  const said = facts.manager && owner?.says?.get(service.key);
  if (!owner || !said) return [];
  const whose = `${owner.name} (process ${owner.pid})`;
  const file = owner.file ?? 'its configuration';
  const down = filled.filter((key) => said.servers.get(key)?.isAlive === false);
  const unknown = filled.filter((key) => !said.servers.has(key));
  const other = otherWeights(service, said);
  return [
    ...down.map(
      (key): Diagnostic => ({
        severity: 'error',
        kind: 'preflight',
        code: 'managed-server-down',
        service: service.key,
        message: `${key} is down by the checks of ${whose}, and is to get weight`,
        next: 'start it, and wait until its checks are good',
      }),
    ),
    ...unknown.map(
      (key): Diagnostic => ({
        severity: 'warning',
        code: 'managed-server-unknown',
        service: service.key,
        message: `${whose} does not know ${key}: nobody checks it, and it is gone when that program is restarted`,
        next: `give it a real_server block in ${file}, with the weight that it is to have in the end`,
      }),
    ),
    ...(other.length === 0
      ? []
      : [
          {
            severity: 'warning',
            code: 'managed-weights-differ',
            service: service.key,
            message: `${shortList(other)}: after a flap of its check a server has the weight of ${file}, and so another share than now`,
            next: `bring ${file} and the table together before the rollout`,
          } as const,
        ]),
  ];
}

/** `10.0.0.1:80 has weight 33, and 100 in the configuration`: of servers that serve. */
const otherWeights = (service: VirtualService, said: ManagedService): readonly string[] =>
  service.servers.flatMap(({ key, weight }) => {
    const { initialWeight = weight } = said.servers.get(key) ?? {};
    const isOther = weight > 0 && initialWeight !== weight;
    return isOther
      ? [`${key} has weight ${weight}, and ${initialWeight} in the configuration`]
      : [];
  });
