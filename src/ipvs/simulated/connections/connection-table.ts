import type { KernelService } from '../table/kernel-service.ts';
import type { KernelTable, PacketTarget } from '../table/kernel-table.ts';
import type { TimerWheel } from '../time/timer-wheel.ts';
import type { Arrival, Delivery } from './arrival.ts';
import type { ClientNumber } from './client-address.ts';
import { Connection } from './connection.ts';
import { portOf, type Template, TemplateTable } from './persistence.ts';
import type { ProtocolTimeouts } from './protocol-timeouts.ts';
import type { Sysctl } from './sysctl.ts';
import { isActive, nextTcpState, type Segment } from './tcp-states.ts';

/** The connection table of ip_vs_conn.c and the way of a packet through ip_vs_core.c. */
export class ConnectionTable {
  readonly templates: TemplateTable;
  private readonly byTarget = new Map<string, Map<number, Connection>>();
  /**
   * The connections by target object: spares the traffic, which sends to the same few targets, the
   * composing of a key.
   */
  private readonly byTargetObject = new WeakMap<PacketTarget, Map<number, Connection>>();
  private readonly options: ConnectionTableOptions;

  constructor(options: ConnectionTableOptions) {
    this.options = options;
    this.templates = new TemplateTable(options.wheel, options.sysctl);
  }

  *entries(): Iterable<Connection> {
    for (const connections of this.byTarget.values()) yield* connections.values();
  }

  find(target: PacketTarget, client: ClientNumber, clientPort: number): Connection | undefined {
    return this.of(target).get(clientKey(client, clientPort));
  }

  /** Takes in a SYN, or any UDP packet. */
  arrive(target: PacketTarget, client: ClientNumber, clientPort: number): Arrival {
    const known = this.find(target, client, clientPort);
    if (known) {
      if (target.protocol === 'tcp' && this.isRescheduled(known)) {
        this.remove(known);
      } else if (!known.server.available) {
        if (this.options.sysctl().expireNodestConn === 0) return { kind: 'dropped' };
        this.remove(known);
      } else {
        this.receive(known, 'in', 'syn', synBytes);
        return { kind: 'known', connection: known };
      }
    }
    return this.schedule(target, client, clientPort);
  }

  fromClient(connection: Connection, segment: Segment, bytes = ackBytes): Delivery {
    if (!connection.listed) return 'gone';
    if (!connection.server.available) {
      if (this.options.sysctl().expireNodestConn === 0) return 'dropped';
      this.remove(connection);
      return 'gone';
    }
    this.receive(connection, 'in', segment, bytes);
    return 'delivered';
  }

  /**
   * Takes in a server's segment; a server that answers past the director is never heard, and
   * nothing is wrong with that.
   */
  fromServer(connection: Connection, segment: Segment, bytes = ackBytes): Delivery {
    if (connection.inputOnly) return 'delivered';
    if (!connection.listed) return 'gone';
    this.receive(connection, 'out', segment, bytes);
    return 'delivered';
  }

  /** Takes connections and templates of removed servers out, with expire_nodest_conn=1. */
  serverRemoved(): void {
    if (this.options.sysctl().expireNodestConn === 0) return;
    for (const connection of [...this.entries()]) {
      if (!connection.server.available) this.remove(connection);
    }
    this.templates.serverRemoved();
  }

  /**
   * Tells whether a connection is scheduled anew: `conn_reuse_mode`, and a server at weight 0 with
   * expire_nodest_conn=1.
   */
  private isRescheduled({ state, server, template, inputOnly }: Connection): boolean {
    const { connReuseMode, expireNodestConn } = this.options.sysctl();
    if (expireNodestConn === 1 && server.weight === 0) return true;
    if (connReuseMode === 0 || template) return false;
    if (state === 'TIME_WAIT' || state === 'CLOSE') return true;
    return connReuseMode === 2 && state === 'FIN_WAIT' && inputOnly;
  }

  private schedule(target: PacketTarget, client: ClientNumber, clientPort: number): Arrival {
    const service = this.options.services.lookup(target);
    if (!service) return { kind: 'refused', why: 'no-service' };
    if (!service.isModelled || service.settings.engine !== '') {
      return { kind: 'refused', why: 'not-modelled' };
    }
    const chosen = this.choose(service, target, client);
    if (!chosen) return { kind: 'refused', why: 'no-server' };
    const { server, serverPort, template } = chosen;
    server.countConnection();
    if (service.settings.onePacket && target.protocol === 'udp') {
      server.bind('inactive');
      server.countPacket('in', synBytes);
      server.unbind('inactive');
      return { kind: 'one-packet', server };
    }
    const connection = new Connection({
      target,
      client,
      clientPort,
      server,
      serverPort,
      template,
      expire: this.expire,
    });
    this.add(connection);
    this.receive(connection, 'in', 'syn', synBytes);
    return { kind: 'scheduled', connection };
  }

  private choose(service: KernelService, target: PacketTarget, client: ClientNumber) {
    const servicePort = portOf(service);
    if (service.settings.persistent) {
      const template = this.templates.use(service, target, client);
      if (!template) return undefined;
      const { server } = template;
      const ownPort = target.port === servicePort && server.port !== 0;
      return { server, serverPort: ownPort ? server.port : target.port, template };
    }
    if (service.address.kind === 'address' && target.port !== servicePort) return undefined;
    const server = service.schedule();
    return server && { server, serverPort: server.port || target.port, template: undefined };
  }

  private of(target: PacketTarget): Map<number, Connection> {
    const cached = this.byTargetObject.get(target);
    if (cached) return cached;
    const key = `${target.protocol} ${target.address} ${target.port}`;
    const connections = this.byTarget.get(key) ?? new Map<number, Connection>();
    this.byTarget.set(key, connections);
    this.byTargetObject.set(target, connections);
    return connections;
  }

  private add(connection: Connection): void {
    const { target, client, clientPort } = connection;
    this.of(target).set(clientKey(client, clientPort), connection);
    connection.server.bind(connection.counted);
    if (connection.template) connection.template.controlled++;
  }

  private remove(connection: Connection): void {
    if (!connection.listed) return;
    connection.listed = false;
    this.options.wheel.disarm(connection);
    const { target, client, clientPort } = connection;
    this.of(target).delete(clientKey(client, clientPort));
    connection.server.unbind(connection.counted);
    if (connection.template) connection.template.controlled--;
  }

  private readonly expire = (connection: Connection): void => {
    if (connection.expiresMs <= this.options.wheel.nowMs) this.remove(connection);
    else this.options.wheel.arm(connection, connection.expiresMs);
  };

  private receive(connection: Connection, from: 'in' | 'out', segment: Segment, bytes: number) {
    const { server, template } = connection;
    const { timeouts } = this.options;
    server.countPacket(from, bytes);
    if (connection.target.protocol === 'udp') {
      connection.state = 'UDP';
      this.renew(connection, timeouts.udpMs);
      if (from === 'out') assure(template);
    } else {
      const direction = connection.inputOnly ? 'in-only' : from;
      const before = connection.state === 'UDP' ? 'NONE' : connection.state;
      const state = nextTcpState(before, direction, segment);
      const counted = isActive(state) ? 'active' : 'inactive';
      if (counted !== connection.counted) server.recount(connection.counted, counted);
      connection.counted = counted;
      connection.state = state;
      this.renew(connection, timeouts.tcpMs(state));
      if (state === 'ESTABLISHED') assure(template);
    }
  }

  /** Renews the timeout, as every packet does; only a shorter timeout is worth moving the timer. */
  private renew(connection: Connection, timeoutMs: number): void {
    const { wheel } = this.options;
    connection.expiresMs = wheel.nowMs + timeoutMs;
    if (connection.armed === 0 || connection.expiresMs < connection.dueMs) {
      wheel.arm(connection, connection.expiresMs);
    }
  }
}

export interface ConnectionTableOptions {
  readonly wheel: TimerWheel;
  readonly services: Pick<KernelTable, 'lookup'>;
  readonly timeouts: ProtocolTimeouts;
  readonly sysctl: () => Sysctl;
}

const synBytes = 60;
const ackBytes = 52;

function assure(template: Template | undefined): void {
  if (template) template.assured = true;
}

/** Address and port in one number below 2^48. */
const clientKey = (client: ClientNumber, port: number): number => client * 65_536 + port;
