import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { Diagnostic } from '../domain/failure.ts';
import { type HostFacts, type TableManager, weightOwner } from '../domain/ipvs/host-facts.ts';
import type { VirtualService } from '../domain/ipvs/ipvs.ts';
import type { ManagedService } from '../domain/ipvs/managed-service.ts';
import { countedWeight, drivenBy, notDrivenWords } from '../domain/ipvs/track-files.ts';
import { shortList } from '../domain/printable.ts';
import type { RolloutPolicy, ServicePlan } from '../domain/rollout/plan.ts';

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
  readonly plan: Pick<ServicePlan, 'oldServers' | 'newServers' | 'servers' | 'steps'>;
}

/** Examines a service that is lived with by its manager's own word (`manager: {keepalived: …}`). */
export function examineManaged(
  facts: HostFacts,
  service: VirtualService,
  { filled, plan }: Moved,
): readonly Diagnostic[] {
  const owner = weightOwner(facts, service.key);
  const said = facts.manager && owner?.says?.get(service.key);
  if (!owner || !said) return [];
  const whose = `${owner.name} (process ${owner.pid})`;
  const file = owner.file ?? 'its configuration';
  const down = filled.filter((key) => said.servers.get(key)?.isAlive === false);
  const byFiles = facts.manager?.keepalived === 'track-files';
  const unknown = byFiles ? [] : filled.filter((key) => !said.servers.has(key));
  const other = otherWeights(service, said, byFiles ? 'effectiveWeight' : 'initialWeight');
  return [
    ...(byFiles ? examineFiles(owner, said, { service: service.key, plan }) : []),
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
            message: `${shortList(other)}: after a flap of its check a server has that weight, and so another share than now`,
            next: `bring ${file} and the table together before the rollout`,
          } as const,
        ]),
  ];
}

/** Examines whether files can drive the servers that a plan moves, and its steps the quorum. */
function examineFiles(
  { says = new Map(), file = 'keepalived.conf' }: TableManager,
  said: ManagedService,
  { service, plan }: { readonly service: ServiceKey; readonly plan: Moved['plan'] },
): readonly Diagnostic[] {
  const { oldServers, newServers, servers, steps } = plan;
  const not = [...oldServers, ...newServers].flatMap((key) => {
    const driven = drivenBy(says, service, key);
    return typeof driven === 'string' ? [notDrivenWords(key, driven)] : [];
  });
  const least = Math.min(
    ...steps.map((weights) =>
      countedWeight(said, new Map(servers.map((key, index) => [key, weights[index] ?? 0]))),
    ),
  );
  const base = { severity: 'error', kind: 'preflight', service } as const;
  return [
    ...(not.length === 0
      ? []
      : [
          {
            ...base,
            code: 'managed-not-enrolled',
            message: `${shortList(not)}, so drain cannot set its weight (manager: {keepalived: track-files})`,
            next: `give each of them a track_file of its own and a FILE_CHECK in ${file}, as docs/keepalived.md has it, and reload keepalived`,
          },
        ]),
    ...(least >= said.quorum
      ? []
      : [
          {
            ...base,
            code: 'managed-quorum',
            message: `a step would leave weight ${least}, below the quorum of ${said.quorum}: keepalived would take out all servers that are left`,
            next: `bring another server in first, or lower the quorum in ${file}`,
          },
        ]),
  ];
}

/** `10.0.0.1:80 has weight 33, and 100 in the configuration`: of servers that serve. */
const otherWeights = (
  service: VirtualService,
  said: ManagedService,
  by: 'initialWeight' | 'effectiveWeight',
): readonly string[] =>
  service.servers.flatMap(({ key, weight }) => {
    const its = said.servers.get(key)?.[by] ?? weight;
    const where = by === 'initialWeight' ? 'in the configuration' : 'by its file';
    return weight > 0 && its !== weight ? [`${key} has weight ${weight}, and ${its} ${where}`] : [];
  });

/** A policy that leaves old servers in the table, where keepalived's configuration alone takes them out. */
export const policyBeside = (
  policy: RolloutPolicy,
  tables: readonly { readonly facts?: HostFacts | undefined }[],
  services: readonly ServicePlan[],
): RolloutPolicy =>
  services.some(({ watched }) => watched !== undefined) &&
  tables.some(({ facts }) => facts?.manager?.keepalived === 'track-files')
    ? { ...policy, keep: true }
    : policy;
