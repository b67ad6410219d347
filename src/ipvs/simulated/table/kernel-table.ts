import {
  type Protocol,
  type ServiceAddress,
  type ServiceKey,
  serviceKey,
} from '../../../domain/address.ts';
import { isScheduler } from '../schedulers/registry.ts';
import type { TimerWheel } from '../time/timer-wheel.ts';
import { ActionTimer } from '../time/timer-wheel.ts';
import { isUnicast } from './addresses.ts';
import type { Errno } from './errno.ts';
import { KernelServer, type ServerSettings } from './kernel-server.ts';
import { KernelService, type ServiceSettings } from './kernel-service.ts';
import { estimationIntervalMs } from './traffic-counters.ts';
import { Trash } from './trash.ts';

const engines = ['sip'];
const ftpPort = 21;

/**
 * The services and servers of net/netfilter/ipvs/ip_vs_ctl.c, with its refusals. Every edit returns
 * `undefined` when it was made, and the kernel's errno when not.
 */
export class KernelTable {
  private readonly byKey = new Map<ServiceKey, KernelService>();
  private readonly trash: Trash;
  private readonly wheel: TimerWheel;
  private readonly serverRemoved: () => void;
  private readonly estimator = new ActionTimer(() => this.estimate());

  constructor(wheel: TimerWheel, serverRemoved: () => void) {
    this.wheel = wheel;
    this.trash = new Trash(wheel);
    this.serverRemoved = serverRemoved;
    wheel.arm(this.estimator, wheel.nowMs + estimationIntervalMs);
  }

  /** The services, the oldest first. */
  get services(): readonly KernelService[] {
    return [...this.byKey.values()];
  }

  find(address: ServiceAddress): KernelService | undefined {
    return this.byKey.get(serviceKey(address));
  }

  /** The services by target, of which clients use few; forgotten when a service comes or goes. */
  private lookups = new WeakMap<PacketTarget, KernelService>();

  lookup(packet: PacketTarget): KernelService | undefined {
    const known = this.lookups.get(packet);
    if (known) return known;
    const found = this.lookUp(packet);
    if (found) this.lookups.set(packet, found);
    return found;
  }

  /** `ip_vs_service_find`: by mark, by address and port, by address and port 21 or 0. */
  private lookUp(packet: PacketTarget): KernelService | undefined {
    const { mark, protocol, address, port } = packet;
    const family = address.includes(':') ? 6 : 4;
    const at = (servicePort: number) =>
      this.find({ kind: 'address', protocol, address, port: servicePort });
    return (
      (mark ? this.find({ kind: 'fwmark', mark, family }) : undefined) ??
      at(port) ??
      (protocol === 'tcp' && (port === 20 || port >= 1024) ? at(ftpPort) : undefined) ??
      at(0)
    );
  }

  addService(address: ServiceAddress, settings: ServiceSettings): Errno | undefined {
    if (this.find(address)) return 'EEXIST';
    const refusal = checkService(address, settings);
    if (refusal) return refusal;
    const service = new KernelService(address, settings);
    this.byKey.set(service.key, service);
    this.lookups = new WeakMap();
    return undefined;
  }

  editService(address: ServiceAddress, settings: ServiceSettings): Errno | undefined {
    const service = this.find(address);
    if (!service) return 'ESRCH';
    const refusal = checkService(address, settings);
    if (refusal) return refusal;
    service.update(settings);
    return undefined;
  }

  deleteService(address: ServiceAddress): Errno | undefined {
    const service = this.find(address);
    if (!service) return 'ESRCH';
    this.byKey.delete(service.key);
    this.lookups = new WeakMap();
    for (const server of [...service.servers]) this.discard(service, server);
    return undefined;
  }

  addServer(address: ServiceAddress, settings: ServerSettings): Errno | undefined {
    const service = this.find(address);
    if (!service) return 'ESRCH';
    if (settings.lowerThreshold > settings.upperThreshold) return 'ERANGE';
    if (service.find(settings.address, settings.port)) return 'EEXIST';
    const known = this.trash.takeBack(address, settings.address, settings.port);
    if (!known && !isUnicast(settings.address)) return 'EINVAL';
    const server = known ?? new KernelServer(settings);
    server.update(settings);
    service.add(server);
    return undefined;
  }

  editServer(address: ServiceAddress, settings: ServerSettings): Errno | undefined {
    const service = this.find(address);
    if (!service) return 'ESRCH';
    if (settings.lowerThreshold > settings.upperThreshold) return 'ERANGE';
    const server = service.find(settings.address, settings.port);
    if (!server) return 'ENOENT';
    server.update(settings);
    service.serverChanged();
    return undefined;
  }

  deleteServer(service: ServiceAddress, address: string, port: number): Errno | undefined {
    const found = this.find(service);
    if (!found) return 'ESRCH';
    const server = found.find(address, port);
    if (!server) return 'ENOENT';
    this.discard(found, server);
    return undefined;
  }

  /** `-C`. */
  clear(): void {
    for (const { address } of this.services) this.deleteService(address);
  }

  /** `-Z` of one service, or of all. */
  zero(address?: ServiceAddress): Errno | undefined {
    const services = address ? [this.find(address)] : this.services;
    for (const service of services) {
      if (!service) return 'ESRCH';
      for (const counted of [service, ...service.servers]) counted.traffic.zero();
    }
    return undefined;
  }

  private discard(service: KernelService, server: KernelServer): void {
    server.available = false;
    service.remove(server);
    this.trash.put(service.address, server);
    this.serverRemoved();
  }

  private estimate(): void {
    for (const service of this.byKey.values()) {
      service.traffic.estimate();
      for (const server of service.servers) server.traffic.estimate();
    }
    this.wheel.arm(this.estimator, this.wheel.nowMs + estimationIntervalMs);
  }
}

/** The target of a packet, and the firewall mark that the packet carries. */
export interface PacketTarget {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  readonly mark?: number;
}

function checkService(address: ServiceAddress, settings: ServiceSettings): Errno | undefined {
  if (!isScheduler(settings.scheduler)) return 'ENOENT';
  if (settings.engine !== '' && !engines.includes(settings.engine)) return 'ENOENT';
  const isV6 = address.kind === 'fwmark' ? address.family === 6 : address.address.includes(':');
  if (isV6 && (settings.netmask < 1 || settings.netmask > 128)) return 'EINVAL';
  return undefined;
}
