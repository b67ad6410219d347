import type { Timeouts } from '../../../domain/ipvs/ipvs.ts';
import type { TcpState } from './tcp-states.ts';

/** The timeouts in seconds, after the last packet (`tcp_timeouts` in ip_vs_proto_tcp.c). */
const tcpTimeoutsS: Readonly<Record<TcpState, number>> = {
  NONE: 2,
  ESTABLISHED: 900,
  SYN_SENT: 120,
  SYN_RECV: 60,
  FIN_WAIT: 120,
  TIME_WAIT: 120,
  CLOSE: 10,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  LISTEN: 120,
  SYNACK: 120,
};

/** The life of an entry after a packet. `--set` changes ESTABLISHED, FIN_WAIT and UDP only. */
export class ProtocolTimeouts {
  private set: Timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };

  get current(): Timeouts {
    return this.set;
  }

  /**
   * Changes timeouts that are not 0; entries keep the timeout they have until their next packet.
   */
  change({ tcpS, tcpFinS, udpS }: Timeouts): void {
    this.set = {
      tcpS: tcpS || this.set.tcpS,
      tcpFinS: tcpFinS || this.set.tcpFinS,
      udpS: udpS || this.set.udpS,
    };
  }

  tcpMs(state: TcpState): number {
    if (state === 'ESTABLISHED') return this.set.tcpS * 1_000;
    if (state === 'FIN_WAIT') return this.set.tcpFinS * 1_000;
    return tcpTimeoutsS[state] * 1_000;
  }

  get udpMs(): number {
    return this.set.udpS * 1_000;
  }
}
