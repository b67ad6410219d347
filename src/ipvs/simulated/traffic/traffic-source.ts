import type { ServiceKey } from '../../../domain/address.ts';
import type { Arrival } from '../connections/arrival.ts';
import { firstClient } from '../connections/client-address.ts';
import type { Prng } from '../prng.ts';
import type { PacketTarget } from '../table/kernel-table.ts';
import { Timer } from '../time/timer-wheel.ts';
import { type Ending, Flow, type FlowContext } from './flow.ts';

/** The clients of one service. */
export interface TrafficSpec {
  readonly service: ServiceKey;
  readonly target: PacketTarget;
  /** The number of new connections a second. */
  readonly perSecond: number;
  /** `even`: one every 1/perSecond; `poisson`: independent of each other, so in bunches. */
  readonly arrivals: 'even' | 'poisson';
  /** The mean of an exponential distribution, cut off at five times the mean. */
  readonly lifeMs: number;
  /** The share of the connections that live for 1/2 to 3/2 of this time instead. */
  readonly longLived?: { readonly share: number; readonly lifeMs: number };
  readonly endings: readonly { readonly ending: Ending; readonly share: number }[];
  /** The number of addresses, each with `portsPerClient` ports: few ports are soon used again. */
  readonly clients: number;
  readonly portsPerClient: number;
  readonly packetEveryMs: number;
}

const firstPort = 32_768;

/** Opens connections from its start on, as long as time goes on. */
export class TrafficSource extends Timer {
  private readonly context: FlowContext;
  private readonly spec: TrafficSpec;
  private readonly prng: Prng;
  private readonly startMs: number;
  private arrivals = 0;

  constructor(context: FlowContext, spec: TrafficSpec, prng: Prng) {
    super();
    this.context = context;
    this.spec = spec;
    this.prng = prng;
    this.startMs = context.wheel.nowMs;
    if (spec.perSecond > 0) context.wheel.arm(this, this.nextArrivalMs());
  }

  override fire(): void {
    this.arrivals++;
    this.open();
    this.context.wheel.arm(this, this.nextArrivalMs());
  }

  /** Evenly spaced arrivals are counted from the start, so that no rounding adds up. */
  private nextArrivalMs(): number {
    const { perSecond, arrivals } = this.spec;
    if (arrivals === 'even') return this.startMs + ((this.arrivals + 1) * 1_000) / perSecond;
    return this.context.wheel.nowMs + this.prng.exponential(1_000 / perSecond);
  }

  private open(): void {
    const { connections, wheel, statistics } = this.context;
    const { spec, prng } = this;
    const client = firstClient + prng.below(spec.clients);
    const port = this.freePort(client);
    const plan = {
      endsAtMs: wheel.nowMs + this.drawLife(),
      ending: this.drawEnding(),
      packetEveryMs: spec.packetEveryMs,
    };
    const arrival = connections.arrive(spec.target, client, port);
    switch (arrival.kind) {
      case 'scheduled':
      case 'known':
        statistics.countDelivery(spec.service, arrival.connection.server.key);
        new Flow(this.context, arrival.connection, plan).start();
        return;
      case 'one-packet':
        statistics.countDelivery(spec.service, arrival.server.key);
        return;
      case 'dropped':
        statistics.hung++;
        return;
      default:
        this.countRefusal(arrival);
    }
  }

  private countRefusal({ why }: Extract<Arrival, { kind: 'refused' }>): void {
    const { statistics } = this.context;
    if (why === 'not-modelled') statistics.notModelled++;
    else statistics.refused++;
  }

  /** A client does not take a port of a connection that it still has open. */
  private freePort(client: number): number {
    const { portsPerClient, target } = this.spec;
    const first = this.arrivals % portsPerClient;
    if (this.arrivals < portsPerClient) return firstPort + first;
    for (let tried = 0; tried < portsPerClient; tried++) {
      const port = firstPort + ((first + tried) % portsPerClient);
      const state = this.context.connections.find(target, client, port)?.state;
      if (state === undefined || state === 'TIME_WAIT' || state === 'CLOSE') return port;
    }
    return firstPort + first;
  }

  private drawLife(): number {
    const { lifeMs, longLived } = this.spec;
    if (longLived && this.prng.next() < longLived.share) {
      return longLived.lifeMs * (0.5 + this.prng.next());
    }
    return Math.min(this.prng.exponential(lifeMs), 5 * lifeMs);
  }

  private drawEnding(): Ending {
    const { endings } = this.spec;
    const total = endings.reduce((sum, { share }) => sum + share, 0);
    let drawn = this.prng.next() * total;
    for (const { ending, share } of endings) {
      drawn -= share;
      if (drawn < 0) return ending;
    }
    return 'client-fin';
  }
}
