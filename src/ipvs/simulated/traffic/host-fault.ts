import { assertNever } from '../../../domain/assert-never.ts';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionTable } from '../connections/connection-table.ts';
import { ActionTimer, type TimerWheel } from '../time/timer-wheel.ts';
import type { StatisticsRecorder } from './traffic-statistics.ts';

/** A fault of the host of a real server. */
export type HostFault =
  /** Its packets go nowhere: the client sends its SYN again after 1, 2 and 4 s, and gives up. */
  | 'silent'
  /** Nobody listens on the port: a reset answers each SYN. */
  | 'refusing'
  /** Accepts, and resets the connection at the first request. */
  | 'closing';

interface FailedFlowContext {
  readonly connections: ConnectionTable;
  readonly wheel: TimerWheel;
  readonly statistics: StatisticsRecorder;
}

/** When a client without an answer sends its SYN again (tcp_syn_retries): after 1, 3 and 7 s. */
const retransmissionsMs = [1_000, 3_000, 7_000];
const synBytes = 60;
const requestBytes = 300;
/** A reset has no options; what refuses a SYN is nothing but headers. */
const resetBytes = 40;

/** Has a connection go on, after its SYN, as it does on a host with this fault. */
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
