import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAgentCheck } from '../../../src/gates/guard-checks/agent-check.ts';
import { about, ask } from '../../support/asked-gate.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const one of servers.splice(0)) one.close();
});

async function agentThat(answers: (socket: Socket) => void, send?: string) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answers(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const question = { port, intervalMs: 2_000, timeoutMs: 1_000, ...(send ? { send } : {}) };
  return createAgentCheck(question, '127.0.0.1');
}

describe('an agent over TCP', () => {
  it.each([
    [
      'a line, however it comes',
      (socket: Socket) => {
        socket.write('75');
        setImmediate(() => socket.write('% up\nmore'));
      },
      '75% up',
    ],
    ['a word and the end', (socket: Socket) => void socket.end('drain'), 'drain'],
    ['a line of Windows', (socket: Socket) => void socket.end('down # x\r\n'), 'down # x'],
  ])('says %s', async (_, answers, detail) => {
    expect(await ask(await agentThat(answers))).toEqual({ passed: true, detail });
  });

  it('is sent what the file has, first', async () => {
    const agent = await agentThat(
      (socket) =>
        void socket.on('data', (text) =>
          socket.end(`${text}`.trim() === 'web' ? '10%\n' : 'down\n'),
        ),
      'web\n',
    );
    expect(await ask(agent)).toEqual({ passed: true, detail: '10%' });
  });

  it.each([
    ['closes without a word', (socket: Socket) => void socket.end(), 'it closes without a word'],
    [
      'never ends its line',
      (socket: Socket) => void socket.write('x'.repeat(5_000)),
      'no line within 1024 bytes',
    ],
  ])('that %s has not answered', async (_, answers, detail) => {
    expect(await ask(await agentThat(answers))).toEqual({ passed: false, detail });
  });

  it('that is silent is given up when the time is over', async () => {
    const agent = await agentThat(() => {});
    const giveUp = new AbortController();
    const asked = agent.ask(about, giveUp.signal);
    giveUp.abort();
    expect((await asked).detail).toMatch(/^no line within /);
  });

  it('that nobody runs is refused', async () => {
    const agent = await agentThat(() => {});
    servers[0]?.close();
    expect(await ask(agent)).toMatchObject({ passed: false });
  });
});
