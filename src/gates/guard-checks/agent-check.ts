import { connect } from 'node:net';
import { onAbort } from '../../clock/on-abort.ts';
import { formatHostPort, serverKey } from '../../domain/address.ts';
import type { AgentQuestion } from '../../domain/health/guard.ts';
import { networkError } from '../../http/network-error.ts';
import type { Gate, GateAnswer } from '../../rollout/ports.ts';
import { describeNetworkError, waitedSince } from '../words.ts';

/** An agent says a line; one that goes on without an end is cut off here. */
const mostBytes = 1_024;

/** Asks an agent for its line, which is the answer's detail; passes when there is one. */
export function createAgentCheck(question: AgentQuestion, address: string): Gate {
  const { port } = question;
  return {
    name: `agent ${formatHostPort(address, port)}`,
    kind: 'check',
    server: serverKey(address, port),
    ask: (_about, signal) => readLine(question, address, signal),
  };
}

function readLine(
  { port, send }: AgentQuestion,
  host: string,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const begunMs = performance.now();
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ passed: false, detail: 'given up before it was asked' });
      return;
    }
    const socket = connect({ host, port });
    let text = '';
    const settle = (passed: boolean, detail: string): void => {
      forget();
      socket.destroy();
      resolve({ passed, detail });
    };
    const giveUp = (): void => settle(false, `no line within ${waitedSince(begunMs)}`);
    const forget = onAbort(signal, giveUp);
    socket.setEncoding('latin1');
    if (send !== undefined) socket.on('connect', () => socket.write(send));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.search(/[\r\n]/);
      if (end >= 0) settle(true, text.slice(0, end));
      else if (text.length >= mostBytes) settle(false, `no line within ${mostBytes} bytes`);
    });
    socket.on('end', () =>
      text === '' ? settle(false, 'it closes without a word') : settle(true, text),
    );
    // Stays on after the end: an error that comes later must not be thrown.
    socket.on('error', (error) => settle(false, describeNetworkError(networkError(error))));
  });
}
