import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { exchange, type HttpRequest, keptConnections } from '../../../src/http/exchange.ts';
import { eventually } from '../../support/eventually.ts';
import { longEnough } from '../../support/long-enough.ts';
import { listen, listenRaw } from '../../support/loopback-servers.ts';
import { selfSigned } from '../../support/self-signed.ts';

const to = (port: number, more: Partial<HttpRequest> = {}): HttpRequest => ({
  url: new URL(`http://127.0.0.1:${port}/path?query`),
  headers: {},
  mostBodyBytes: 1_000,
  ...more,
});

const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  listen(createServer(answer));

describe('an exchange', () => {
  it('carries a request there and its answer back', async () => {
    const port = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk;
      });
      request.on('end', () => {
        const { 'x-own': own, host } = request.headers;
        response.writeHead(201, 'Made', { 'x-answer': 'yes' });
        response.end(`${request.method} ${request.url} ${host} ${own} ${body}`);
      });
    });
    const request = to(port, {
      method: 'POST',
      host: 'app.example',
      headers: { 'X-Own': 'mine' },
      body: 'äöü',
    });
    expect(await exchange(request, {})).toMatchObject({
      kind: 'answered',
      status: 201,
      statusMessage: 'Made',
      headers: { 'x-answer': 'yes' },
      body: 'POST /path?query app.example mine äöü',
      isWholeBody: true,
    });
  });

  it('follows no redirect', async () => {
    const port = await serve((_request, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    expect(await exchange(to(port), {})).toMatchObject({ status: 302 });
  });

  it('takes so much of a body that does not end, and hangs up', async () => {
    const closed = vi.fn();
    const port = await serve((_request, response) => {
      response.on('close', closed);
      const more = (): void => void (response.write('x'.repeat(10_000)) && setImmediate(more));
      more();
    });
    const answer = await exchange(to(port), {});
    expect(answer).toMatchObject({ body: 'x'.repeat(1_000), isWholeBody: false });
    await eventually(() => expect(closed).toHaveBeenCalled());
  });

  it('without an interest in the body is over with the headers', async () => {
    const port = await serve((_request, response) => void response.writeHead(200).write('some'));
    expect(await exchange(to(port, { mostBodyBytes: 0 }), {})).toMatchObject({
      status: 200,
      body: '',
    });
  });

  it('that a server would make another protocol of is answered 101', async () => {
    const port = await listenRaw((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    );
    expect(await exchange(to(port), {})).toMatchObject({ kind: 'answered', status: 101 });
  });
});

describe('an exchange that is given up', () => {
  it('before it began asks nobody', async () => {
    const asked = vi.fn();
    const port = await listenRaw(asked);
    expect(await exchange(to(port), { signal: AbortSignal.abort() })).toEqual({
      kind: 'aborted',
      waitingFor: 'not-begun',
    });
    expect(asked).not.toHaveBeenCalled();
  });

  const stages = [
    ['answer', 'http', () => {}],
    ['tls-handshake', 'https', () => {}],
    [
      'body',
      'http',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart'),
    ],
  ] as const;
  it.each(stages)('says that it waited for the %s', async (waitingFor, scheme, onSocket) => {
    const opened = vi.fn();
    const closed = vi.fn();
    const port = await listenRaw((socket) => {
      opened();
      socket.on('close', closed).resume();
      onSocket(socket);
    });
    const url = new URL(`${scheme}://127.0.0.1:${port}/`);
    await longEnough(100, async (timeoutMs) =>
      expect(await exchange(to(port, { url }), { timeoutMs })).toEqual({
        kind: 'timed-out',
        waitingFor,
      }),
    );
    await longEnough(100, async (limitMs) =>
      expect(await exchange(to(port, { url }), { signal: AbortSignal.timeout(limitMs) })).toEqual({
        kind: 'aborted',
        waitingFor,
      }),
    );
    // Nothing stays open.
    await eventually(() => {
      expect(opened.mock.calls.length).toBeGreaterThanOrEqual(2);
      expect(closed).toHaveBeenCalledTimes(opened.mock.calls.length);
    });
  });
});

describe('an exchange that fails', () => {
  const failures = [
    ['closed', (socket: Socket) => socket.destroy()],
    ['not-http', (socket: Socket) => socket.end('220 smtp.example.com ESMTP\r\n')],
    [
      'headers-too-large',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    ],
    ['closed', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart')],
  ] as const;
  it.each(failures)('says so by a tag: %s', async (kind, onSocket) => {
    const port = await listenRaw(onSocket);
    expect(await exchange(to(port), {})).toMatchObject({ kind, message: expect.any(String) });
  });

  it('to connect has the network’s own words', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((done) => server.close(done));
    expect(await exchange(to(port), {})).toEqual({
      kind: 'network',
      message: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it('over TLS tells a bad handshake from a certificate that nobody trusts', async () => {
    const plain = await listenRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const url = (port: number): URL => new URL(`https://127.0.0.1:${port}/`);
    expect(await exchange(to(plain, { url: url(plain) }), {})).toMatchObject({
      kind: 'tls',
      reason: expect.any(String),
    });
    const { key, cert } = await selfSigned('app.example');
    const port = await listen(
      createTlsServer({ key, cert }, (_request, response) => response.end('ok')),
    );
    expect(await exchange(to(port, { url: url(port) }), {})).toEqual({
      kind: 'network',
      message: 'self-signed certificate',
    });
    const trusted = to(port, { url: url(port), tls: { ca: cert } });
    expect(await exchange(trusted, {})).toMatchObject({ kind: 'answered', body: 'ok' });
    const insecure = to(port, { url: url(port), tls: { insecure: true } });
    expect(await exchange(insecure, {})).toMatchObject({ kind: 'answered', body: 'ok' });
  });
});

describe('kept connections', () => {
  it('carry one exchange after another, and a hang-up ends one of them only', async () => {
    const sockets = new Set<Socket>();
    const port = await serve((request, response) => {
      sockets.add(request.socket);
      if (request.url === '/hang') return;
      response.end('ok');
    });
    const connections = keptConnections(2);
    const ask = (path: string, timeoutMs?: number) =>
      exchange(to(port, { url: new URL(`http://127.0.0.1:${port}${path}`), connections }), {
        timeoutMs,
      });
    for (const path of ['/1', '/2', '/3']) expect(await ask(path)).toMatchObject({ body: 'ok' });
    expect(sockets.size).toBe(1);
    // The connection stands: it is the answer that is waited for.
    expect(await ask('/hang', 200)).toEqual({ kind: 'timed-out', waitingFor: 'answer' });
    expect(await ask('/4')).toMatchObject({ body: 'ok' });
    expect(sockets.size).toBe(2);
    connections.plain.destroy();
  });
});
