import { type ServerKey, serverKey } from '../../../domain/address.ts';
import type { ForwardingMethod, TunnelOptions } from '../../../domain/ipvs/ipvs.ts';
import type { Candidate } from '../schedulers/scheduler.ts';
import { TrafficCounters } from './traffic-counters.ts';

/** The settings of a server in `-a` and `-e`: all of them, every time. */
export interface ServerSettings {
  readonly address: string;
  readonly port: number;
  readonly forwarding: ForwardingMethod;
  readonly tunnel?: TunnelOptions;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** The way that a connection entry counts; `IP_VS_CONN_F_TEMPLATE` and `IP_VS_CONN_F_INACTIVE`. */
export type Counted = 'active' | 'inactive' | 'template';

/** `struct ip_vs_dest`: a real server of one service, listed or in the trash. */
export class KernelServer implements Candidate {
  readonly key: ServerKey;
  readonly address: string;
  readonly port: number;
  settings: ServerSettings;
  /** IP_VS_DEST_F_AVAILABLE: false in the trash, where packets of its connections are dropped. */
  available = true;
  overloaded = false;
  activeConn = 0;
  inActConn = 0;
  persistConn = 0;
  readonly traffic = new TrafficCounters();
  /** The counters of the server's service, in the trash those of its former one. */
  private serviceTraffic: TrafficCounters | undefined;

  constructor(settings: ServerSettings) {
    this.key = serverKey(settings.address, settings.port);
    this.address = settings.address;
    this.port = settings.port;
    this.settings = settings;
  }

  get weight(): number {
    return this.settings.weight;
  }

  /** The number of connection entries and templates that refer to the server. */
  get references(): number {
    return this.activeConn + this.inActConn + this.persistConn;
  }

  /** `__ip_vs_update_dest`: a higher upper threshold, or none, ends the overload at once. */
  update(settings: ServerSettings): void {
    const { upperThreshold } = settings;
    if (upperThreshold === 0 || upperThreshold > this.settings.upperThreshold) {
      this.overloaded = false;
    }
    this.settings = settings;
    this.available = true;
  }

  /** Joins a service; a server from the trash counts from zero if the service was made anew. */
  joinService(traffic: TrafficCounters): void {
    if (this.serviceTraffic && this.serviceTraffic !== traffic) this.traffic.zero();
    this.serviceTraffic = traffic;
  }

  countConnection(): void {
    this.traffic.countConnection();
    this.serviceTraffic?.countConnection();
  }

  countPacket(direction: 'in' | 'out', bytes: number): void {
    if (!this.available) return;
    for (const counters of [this.traffic, this.serviceTraffic]) {
      if (direction === 'in') counters?.countIn(1, bytes);
      else counters?.countOut(1, bytes);
    }
  }

  /** `ip_vs_bind_dest`: at the upper threshold no new connection comes any more. */
  bind(counted: Counted): void {
    this.count(counted, 1);
    const { upperThreshold } = this.settings;
    if (upperThreshold !== 0 && this.connections >= upperThreshold) this.overloaded = true;
  }

  /** `ip_vs_unbind_dest`: below the lower threshold, or 3/4 of the upper one, new ones come again. */
  unbind(counted: Counted): void {
    this.count(counted, -1);
    const { lowerThreshold, upperThreshold } = this.settings;
    if (lowerThreshold !== 0) {
      if (this.connections < lowerThreshold) this.overloaded = false;
    } else if (upperThreshold === 0 || this.connections * 4 < upperThreshold * 3) {
      this.overloaded = false;
    }
  }

  /** Counts a connection that became active or inactive; the sum, and so the overload, stays. */
  recount(from: Counted, to: Counted): void {
    this.count(from, -1);
    this.count(to, 1);
  }

  private get connections(): number {
    return this.activeConn + this.inActConn;
  }

  private count(counted: Counted, by: 1 | -1): void {
    if (counted === 'active') this.activeConn += by;
    else if (counted === 'inactive') this.inActConn += by;
    else this.persistConn += by;
  }
}
