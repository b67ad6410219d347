import type { ServiceKey } from '../address.ts';

/** Facts about a director's machine beside its table. A fact that was not found is absent. */
export interface HostFacts {
  /** Words before a command that make it run there: `['sudo']`, `['ip', 'netns', 'exec', 'lb']`. */
  readonly reach?: readonly string[];
  /** `uname -r`: `6.1.0-18-amd64`. */
  readonly kernelRelease?: string;
  /** `ipvsadm --version`: `1.31`. */
  readonly ipvsadmVersion?: string;
  /** The time that a whole listing took, its process included. */
  readonly callMs?: number;
  /** The settings under /proc/sys/net/ipv4/vs by name (the kernel's ipvs-sysctl document). */
  readonly sysctls: ReadonlyMap<string, number>;
  /** Programs in the network namespace that edit the table on their own; absent where unknown. */
  readonly managers?: readonly TableManager[];
  /** The proxy of a Kubernetes node that has the services of its cluster in this table. */
  readonly serviceProxy?: ServiceProxy;
}

/** A proxy that works with IPVS, by the device that it has for its addresses: `kube-ipvs0`. */
export interface ServiceProxy {
  readonly name: string;
  readonly device: string;
}

/** `keepalived` (process 812), `ldirectord`, `kube-proxy`. */
export interface TableManager {
  readonly name: string;
  readonly pid: number;
  /** The virtual services of its configuration; absent where that could not be read whole. */
  readonly services?: readonly ServiceKey[];
}

/** A manager that puts its own weights back, and by whose configuration a service is its own. */
export const weightOwner = (
  { managers = [] }: Pick<HostFacts, 'managers'>,
  service: ServiceKey,
): TableManager | undefined =>
  managers.find(
    ({ name, services }) =>
      (name === 'keepalived' || name === 'ldirectord') && (services?.includes(service) ?? true),
  );

export const noHostFacts: HostFacts = { sysctls: new Map() };
