import { assertNever } from '../../../domain/assert-never.ts';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionTable } from '../connections/connection-table.ts';
import { ActionTimer, type TimerWheel } from '../time/timer-wheel.ts';
import type { StatisticsRecorder } from './traffic-statistics.ts';

/** A fault of the host of a real server. */
export type HostFault =
  /**
   * A host whose packets go nowhere: the client repeats its SYN after 1, 2 and 4 s, then gives up.
   */
  | 'silent'
  /** A host where nobody listens on the port: a reset answers each SYN. */
  | 'refusing'
  /** A host that accepts, and resets the connection at the first request. */
  | 'closing';

interface FailedFlowContext {
  readonly connections: ConnectionTable;
  readonly wheel: TimerWheel;
  readonly statistics: StatisticsRecorder;
}

/** The times when a client without an answer repeats its SYN (tcp_syn_retries): 1, 3 and 7 s. */
const retransmissionsMs = [1_000, 3_000, 7_000];
const synBytes = 60;
const requestBytes = 300;
/** The size of a reset, which has no options: a refusal of a SYN is nothing but headers. */
const resetBytes = 40;

/** Continues a connection, after its SYN, as a host with this fault does. */
export function startFailedFlow(
  { connections, wheel, statistics }: FailedFlowContext,
  connection: Connection,
  fault: HostFault,
): void {
  statistics.unserved++;
  switch (fault) {
    case 'silent':
      for (const afterMs of retransmissionsMs) {
        const again = (): void => {
          connections.fromClient(connection, 'syn', synBytes);
        };
        wheel.arm(new ActionTimer(again), wheel.nowMs + afterMs);
      }
      return;
    case 'refusing':
      connections.fromServer(connection, 'rst', resetBytes);
      return;
    case 'closing':
      connections.fromServer(connection, 'syn', synBytes);
      connections.fromClient(connection, 'ack');
      connections.fromClient(connection, 'ack', requestBytes);
      connections.fromServer(connection, 'rst', resetBytes);
      return;
    default:
      assertNever(fault);
  }
}
