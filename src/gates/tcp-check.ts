import { connect } from 'node:net';
import { onAbort } from '../clock/on-abort.ts';
import { formatHostPort, serverKey } from '../domain/address.ts';
import { networkError } from '../http/network-error.ts';
import type { Gate, GateAnswer } from '../rollout/ports.ts';
import { describeNetworkError, waitedSince } from './words.ts';

/** Passes when the server takes a connection, which is closed again without a byte. */
export function createTcpCheck(address: string, port: number): Gate {
  return {
    name: `check tcp ${formatHostPort(address, port)}`,
    kind: 'check',
    server: serverKey(address, port),
    ask: (_about, signal) => connectOnce(address, port, signal),
  };
}

function connectOnce(host: string, port: number, signal: AbortSignal): Promise<GateAnswer> {
  const begunMs = performance.now();
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ passed: false, detail: 'given up before it was asked' });
      return;
    }
    const socket = connect({ host, port });
    const settle = (passed: boolean, detail: string): void => {
      forget();
      socket.destroy();
      resolve({ passed, detail });
    };
    const giveUp = (): void => settle(false, `no connection within ${waitedSince(begunMs)}`);
    const forget = onAbort(signal, giveUp);
    socket.on('connect', () => settle(true, 'it takes connections'));
    // Stays on after the end: an error that comes later must not be thrown.
    socket.on('error', (error) => settle(false, describeNetworkError(networkError(error))));
  });
}
