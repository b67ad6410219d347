import type { Counted, KernelServer } from '../table/kernel-server.ts';
import type { PacketTarget } from '../table/kernel-table.ts';
import { Timer } from '../time/timer-wheel.ts';
import type { ClientNumber } from './client-address.ts';
import type { Template } from './persistence.ts';
import type { TcpState } from './tcp-states.ts';

/** `struct ip_vs_conn`: one entry of the connection table. */
export class Connection extends Timer {
  readonly target: PacketTarget;
  readonly client: ClientNumber;
  readonly clientPort: number;
  readonly server: KernelServer;
  readonly serverPort: number;
  /** The persistence template of the connection, which may not expire before the connection. */
  readonly template: Template | undefined;
  state: TcpState | 'UDP' = 'NONE';
  /** The time when the connection leaves the table; its timer may fire earlier and be set anew. */
  expiresMs = 0;
  counted: Counted = 'inactive';
  /** IP_VS_CONN_F_NOOUTPUT: the server answers past the director. */
  readonly inputOnly: boolean;
  /** False once the connection has left the table. */
  listed = true;
  private readonly expire: (connection: Connection) => void;

  constructor(options: ConnectionOptions) {
    super();
    this.target = options.target;
    this.client = options.client;
    this.clientPort = options.clientPort;
    this.server = options.server;
    this.serverPort = options.serverPort;
    this.template = options.template;
    this.inputOnly = options.server.settings.forwarding !== 'masq';
    this.expire = options.expire;
  }

  override fire(): void {
    this.expire(this);
  }
}

export interface ConnectionOptions {
  readonly target: PacketTarget;
  readonly client: ClientNumber;
  readonly clientPort: number;
  readonly server: KernelServer;
  readonly serverPort: number;
  readonly template: Template | undefined;
  readonly expire: (connection: Connection) => void;
}
