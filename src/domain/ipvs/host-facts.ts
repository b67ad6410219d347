import type { ServiceKey } from '../address.ts';
import type { ManagedService, ManagerTerms } from './managed-service.ts';

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
  /** The way of living with them that the director's configuration names. */
  readonly manager?: ManagerTerms;
  /** The proxy of a Kubernetes node that has the services of its cluster in this table. */
  readonly serviceProxy?: ServiceProxy;
}

/** Facts that cost something, and are found for whoever wants them. */
export interface FactsWanted {
  /** Versions of programs: a process each. */
  readonly version?: boolean;
  /** The own view of the program that the director's `manager` names; it writes a file for that. */
  readonly manager?: boolean;
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
  /** The file that it was started with: `/etc/keepalived/keepalived.conf`. */
  readonly file?: string;
  /** A file that it tracks has an `init_file`, which some releases write over at each start. */
  readonly initsFiles?: true;
  /** `2.2.7`; absent where nobody asked. */
  readonly version?: string;
  /** Its own view of its services; absent where it was not asked, or did not say. */
  readonly says?: ReadonlyMap<ServiceKey, ManagedService>;
  /** The reason why it was asked for its view and did not say. */
  readonly silent?: string;
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
