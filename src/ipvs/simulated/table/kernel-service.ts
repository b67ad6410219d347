import { type ServiceAddress, type ServiceKey, serviceKey } from '../../../domain/address.ts';
import { findScheduler } from '../schedulers/registry.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import type { KernelServer } from './kernel-server.ts';
import { TrafficCounters } from './traffic-counters.ts';

/** The settings of a service in `-A` and `-E`: all of them, every time. */
export interface ServiceSettings {
  readonly scheduler: string;
  /** The bits 1, 2, 4 for IP_VS_SVC_F_SCHED1...3; their names depend on the scheduler. */
  readonly schedulerFlags: number;
  readonly persistent: boolean;
  readonly persistenceTimeoutS: number;
  /** The mask as a number for IPv4, the prefix length for IPv6. */
  readonly netmask: number;
  readonly engine: string;
  readonly onePacket: boolean;
}

/** `struct ip_vs_service`. */
export class KernelService {
  readonly key: ServiceKey;
  readonly address: ServiceAddress;
  settings: ServiceSettings;
  /** The servers in the kernel's order: the newest first, an edit keeps the place. */
  readonly servers: KernelServer[] = [];
  readonly traffic = new TrafficCounters();
  private bound: Scheduler<KernelServer> | undefined;

  constructor(address: ServiceAddress, settings: ServiceSettings) {
    this.key = serviceKey(address);
    this.address = address;
    this.settings = settings;
    this.bound = this.bindScheduler();
  }

  /** The same scheduler named again is not bound again: its cursor stays where it is. */
  update(settings: ServiceSettings): void {
    const switched = settings.scheduler !== this.settings.scheduler;
    this.settings = settings;
    if (switched) this.bound = this.bindScheduler();
  }

  add(server: KernelServer): void {
    server.joinService(this.traffic);
    this.servers.unshift(server);
    this.bound?.serverChanged?.();
  }

  serverChanged(): void {
    this.bound?.serverChanged?.();
  }

  remove(server: KernelServer): void {
    const place = this.servers.indexOf(server);
    this.servers.splice(place, 1);
    this.bound?.serverRemoved?.(place);
  }

  find(address: string, port: number): KernelServer | undefined {
    return this.servers.find((server) => server.address === address && server.port === port);
  }

  /** False for `sh`, `mh` and other schedulers that hash addresses: `schedule` then finds nobody. */
  get isModelled(): boolean {
    return this.bound !== undefined || this.settings.scheduler === 'none';
  }

  schedule(): KernelServer | undefined {
    return this.bound?.schedule();
  }

  private bindScheduler(): Scheduler<KernelServer> | undefined {
    return findScheduler(this.settings.scheduler)?.(this.servers);
  }
}
