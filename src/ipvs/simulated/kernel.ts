import { ConnectionTable } from './connection-table.ts';
import { KernelTable } from './kernel-table.ts';
import { ProtocolTimeouts } from './protocol-timeouts.ts';
import { type Sysctl, sysctlDefaults } from './sysctl.ts';
import { TimerWheel } from './timer-wheel.ts';

/** Linux 6.1's IPVS, one network namespace of it, on virtual time. */
export class Kernel {
  readonly wheel: TimerWheel;
  readonly timeouts = new ProtocolTimeouts();
  readonly table: KernelTable;
  readonly connections: ConnectionTable;
  sysctl: Sysctl;

  constructor(startMs: number, sysctl: Partial<Sysctl> = {}) {
    this.wheel = new TimerWheel(startMs);
    this.sysctl = { ...sysctlDefaults, ...sysctl };
    this.table = new KernelTable(this.wheel, () => this.connections.serverRemoved());
    this.connections = new ConnectionTable({
      wheel: this.wheel,
      services: this.table,
      timeouts: this.timeouts,
      sysctl: () => this.sysctl,
    });
  }
}
