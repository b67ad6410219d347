import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createTcpCheck } from '../../../src/gates/tcp-check.ts';
import { ask } from '../../support/asked-gate.ts';
import { listen } from '../../support/loopback-servers.ts';

describe('a TCP check', () => {
  it.each(['127.0.0.1', '::1'])('connects to %s and closes without a byte', async (address) => {
    let received = '';
    const server = createServer();
    const ended = new Promise<void>((resolve) => {
      server.on('connection', (socket) => {
        socket.on('data', (bytes) => {
          received += bytes;
        });
        socket.on('end', resolve);
      });
    });
    const gate = createTcpCheck(address, await listen(server, address));
    expect(await ask(gate)).toEqual({ passed: true, detail: 'it takes connections' });
    await ended;
    expect(received).toBe('');
  });

  it('is named after its server', () => {
    expect(createTcpCheck('2001:db8::1', 80).name).toBe('check tcp [2001:db8::1]:80');
    expect(createTcpCheck('10.0.0.2', 80).name).toBe('check tcp 10.0.0.2:80');
  });

  it('fails when nobody listens', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((done) => server.close(done));
    expect(await ask(createTcpCheck('127.0.0.1', port))).toEqual({
      passed: false,
      detail: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it('whose time is up already answers without connecting', async () => {
    const gate = createTcpCheck('127.0.0.1', 1);
    expect(await gate.ask({} as never, AbortSignal.abort())).toEqual({
      passed: false,
      detail: 'given up before it was asked',
    });
  });
});
