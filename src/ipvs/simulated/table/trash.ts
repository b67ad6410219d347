import type { ServiceAddress, ServiceKey } from '../../../domain/address.ts';
import { serviceKey } from '../../../domain/address.ts';
import { ActionTimer, type TimerWheel } from '../time/timer-wheel.ts';
import type { KernelServer } from './kernel-server.ts';

/** IP_VS_DEST_TRASH_PERIOD: how long a removed server is kept once nothing refers to it. */
const keptMs = 120_000;
const sweepEveryMs = keptMs / 2;

interface Trashed {
  readonly serviceKey: string;
  readonly server: KernelServer;
  idleSinceMs: number | undefined;
}

/**
 * Removed servers, whose connections still refer to them. A server that is added again to the same
 * service comes back with its connections, counters and overload flag.
 */
export class Trash {
  private entries: Trashed[] = [];
  private readonly wheel: TimerWheel;
  private readonly sweeper = new ActionTimer(() => this.sweep());

  constructor(wheel: TimerWheel) {
    this.wheel = wheel;
  }

  get size(): number {
    return this.entries.length;
  }

  put(service: ServiceAddress, server: KernelServer): void {
    if (this.entries.length === 0) this.wheel.arm(this.sweeper, this.wheel.nowMs + sweepEveryMs);
    this.entries.unshift({ serviceKey: trashKey(service), server, idleSinceMs: undefined });
  }

  takeBack(service: ServiceAddress, address: string, port: number): KernelServer | undefined {
    const key = trashKey(service);
    const place = this.entries.findIndex(
      (entry) =>
        entry.serviceKey === key && entry.server.address === address && entry.server.port === port,
    );
    return place < 0 ? undefined : this.entries.splice(place, 1)[0]?.server;
  }

  /** `ip_vs_dest_trash_expire`: a sweep notes what is idle, one at least two minutes later drops it. */
  private sweep(): void {
    const { nowMs } = this.wheel;
    this.entries = this.entries.filter((entry) => {
      if (entry.server.references > 0) return true;
      if (entry.idleSinceMs !== undefined) return nowMs < entry.idleSinceMs + keptMs;
      entry.idleSinceMs = nowMs;
      return true;
    });
    if (this.entries.length > 0) this.wheel.arm(this.sweeper, nowMs + sweepEveryMs);
  }
}

/** A mark is looked up whatever its family. */
const trashKey = (service: ServiceAddress): ServiceKey | string =>
  service.kind === 'fwmark' ? `fwmark ${service.mark}` : serviceKey(service);
