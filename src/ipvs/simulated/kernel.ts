import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import { ConnectionTable } from './connections/connection-table.ts';
import { ProtocolTimeouts } from './connections/protocol-timeouts.ts';
import { type Sysctl, sysctlDefaults } from './connections/sysctl.ts';
import { KernelTable } from './table/kernel-table.ts';
import { TimerWheel } from './time/timer-wheel.ts';

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

/** The facts of a simulated director's machine: the settings of its model, and no table manager. */
export function simulatedFacts(sysctl: Sysctl): HostFacts {
  return {
    sysctls: new Map<string, number>([
      ['conn_reuse_mode', sysctl.connReuseMode],
      ['expire_nodest_conn', sysctl.expireNodestConn],
      ['expire_quiescent_template', sysctl.expireQuiescentTemplate],
    ]),
    managers: [],
  };
}
