import type { ServerKey } from '../../../domain/address.ts';
import { assertNever } from '../../../domain/assert-never.ts';
import type { Delivery } from '../connections/arrival.ts';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionTable } from '../connections/connection-table.ts';
import { Timer, type TimerWheel } from '../time/timer-wheel.ts';
import type { HostFault } from './host-fault.ts';
import { startFailedFlow } from './host-fault.ts';
import type { StatisticsRecorder } from './traffic-statistics.ts';

/** The way a TCP connection ends. */
export type Ending =
  /** The client sends FIN, the server answers with its own: TIME_WAIT. */
  | 'client-fin'
  /** The other way round: TIME_WAIT too. */
  | 'server-fin'
  /** The client resets: CLOSE. */
  | 'reset'
  /** The client sends FIN at half of its life and the server streams on: CLOSE_WAIT, inactive but in use. */
  | 'half-closed'
  /** The client falls silent without a word: ESTABLISHED until that times out. */
  | 'vanish';

export interface FlowContext {
  /** The faults of hosts; a host without a fault is well. */
  readonly faults: ReadonlyMap<ServerKey, HostFault>;
  readonly connections: ConnectionTable;
  readonly wheel: TimerWheel;
  readonly statistics: StatisticsRecorder;
}

const requestBytes = 300;
const responseBytes = 1_200;

/** The life of one connection after its first packet. */
export class Flow extends Timer {
  private readonly context: FlowContext;
  private readonly connection: Connection;
  private readonly plan: FlowPlan;
  private halfClosedAtMs: number;
  private hangs = false;

  constructor(context: FlowContext, connection: Connection, plan: FlowPlan) {
    super();
    this.context = context;
    this.connection = connection;
    this.plan = plan;
    const { nowMs } = context.wheel;
    const halfMs = (plan.endsAtMs - nowMs) / 2;
    this.halfClosedAtMs = plan.ending === 'half-closed' ? nowMs + halfMs : Number.POSITIVE_INFINITY;
  }

  /** Sends the rest of the handshake, and a first exchange. */
  start(): void {
    const { connections, faults } = this.context;
    const fault = faults.get(this.connection.server.key);
    if (fault && this.connection.target.protocol === 'tcp') {
      startFailedFlow(this.context, this.connection, fault);
      return;
    }
    if (this.connection.target.protocol === 'tcp') {
      connections.fromServer(this.connection, 'syn');
      connections.fromClient(this.connection, 'ack');
    }
    this.exchange();
    this.armNext();
  }

  override fire(): void {
    const { nowMs } = this.context.wheel;
    if (nowMs >= this.plan.endsAtMs) {
      this.end();
    } else if (nowMs >= this.halfClosedAtMs) {
      this.halfClosedAtMs = Number.POSITIVE_INFINITY;
      if (this.survives(this.send('fin'))) this.armNext();
    } else if (this.exchange()) {
      this.armNext();
    }
  }

  private armNext(): void {
    const { wheel } = this.context;
    const { endsAtMs, packetEveryMs } = this.plan;
    wheel.arm(this, Math.min(wheel.nowMs + packetEveryMs, this.halfClosedAtMs, endsAtMs));
  }

  /** Exchanges packets; returns false when the connection is lost. */
  private exchange(): boolean {
    const delivery = this.send('ack', requestBytes);
    if (delivery === 'delivered') {
      this.context.connections.fromServer(this.connection, 'ack', responseBytes);
    }
    return this.survives(delivery);
  }

  private send(segment: 'ack' | 'fin' | 'rst', bytes?: number): Delivery {
    return this.context.connections.fromClient(this.connection, segment, bytes);
  }

  private survives(delivery: Delivery): boolean {
    const { statistics } = this.context;
    if (delivery === 'gone') statistics.reset++;
    if (delivery === 'dropped' && !this.hangs) statistics.hung++;
    this.hangs = delivery === 'dropped';
    return delivery !== 'gone';
  }

  private end(): void {
    const { connections } = this.context;
    const { connection } = this;
    if (connection.target.protocol === 'udp') return;
    switch (this.plan.ending) {
      case 'client-fin':
        if (!this.survives(this.send('fin'))) return;
        connections.fromServer(connection, 'fin');
        this.send('ack');
        return;
      case 'server-fin':
        connections.fromServer(connection, 'fin');
        this.survives(this.send('fin'));
        return;
      case 'half-closed':
        connections.fromServer(connection, 'fin');
        this.survives(this.send('ack'));
        return;
      case 'reset':
        this.survives(this.send('rst'));
        return;
      case 'vanish':
        return;
      default:
        assertNever(this.plan.ending);
    }
  }
}

export interface FlowPlan {
  readonly endsAtMs: number;
  readonly ending: Ending;
  /** The longest silence of the client while it lives. */
  readonly packetEveryMs: number;
}
