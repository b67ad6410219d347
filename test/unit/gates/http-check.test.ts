import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  parseBodyMatch,
  parseCheck,
  parseStatusRanges,
} from '../../../src/config/checks/check-spec.ts';
import { parseGateHttp } from '../../../src/config/checks/gate-specs.ts';
import type { HttpProbe } from '../../../src/domain/health/gate.ts';
import { createChecks, createGates } from '../../../src/gates/create-gates.ts';
import { ask } from '../../support/asked-gate.ts';
import { longEnough } from '../../support/long-enough.ts';
import { listen, listenRaw } from '../../support/loopback-servers.ts';
import { startStopwatch } from '../../support/stopwatch.ts';

type Wanted = { status?: string; body?: string; host?: string; url?: string };

async function check(port: number, wanted: Wanted = {}, address = '127.0.0.1') {
  const parsed = parseCheck(wanted.url ?? 'http://{address}:{port}/healthz?full=1');
  if (!parsed.ok) throw new Error(parsed.failure.what);
  const probe = {
    ...(parsed.value.probe as HttpProbe),
    ...(wanted.status === undefined ? {} : { status: parseStatusRanges(wanted.status) ?? [] }),
    ...(wanted.body === undefined ? {} : { body: parseBodyMatch(wanted.body) }),
    ...(wanted.host === undefined ? {} : { host: wanted.host }),
  } as HttpProbe;
  const gates = await createChecks({ ...parsed.value, probe }, [{ address, port }]);
  const gate = gates.ok ? gates.value[0] : undefined;
  if (gate === undefined) throw new Error('no check');
  return gate;
}

const answering = (status: number, body = '', headers: Record<string, string> = {}) =>
  listen(createServer((_request, response) => response.writeHead(status, headers).end(body)));

afterEach(() => void vi.unstubAllEnvs());

describe('an HTTP check', () => {
  it('passes with a status of 200-299, and says which', async () => {
    expect(await ask(await check(await answering(200)))).toEqual({
      passed: true,
      detail: '200 OK',
    });
    expect(await ask(await check(await answering(204)))).toMatchObject({ passed: true });
  });

  it('has the number of endpoints that kube-proxy answers with, and nothing else for one', async () => {
    const answer = async (weight: string) =>
      ask(await check(await answering(200, '{}', { 'X-Load-Balancing-Endpoint-Weight': weight })));
    expect(await answer('3')).toEqual({ passed: true, detail: '200 OK', endpoints: 3 });
    expect(await answer('-1')).toEqual({ passed: true, detail: '200 OK' });
  });

  it('asks the server itself, politely, on a connection that is closed afterwards', async () => {
    // For gates alone: whatever answers as a real server does not get it.
    vi.stubEnv('DRAIN_GATE_AUTHORIZATION', 'Bearer secret');
    const seen: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      seen.push(request);
      response.end();
    });
    const port = await listen(server);
    const gate = await check(port, { url: 'http://{address}:{port}/healthz?full=1' });
    expect(gate.name).toBe(`check http://127.0.0.1:${port}/healthz?full=1`);
    await ask(gate);
    await ask(gate);
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /healthz?full=1',
      'GET /healthz?full=1',
    ]);
    expect(seen[0]?.headers).toEqual({
      host: `127.0.0.1:${port}`,
      'user-agent': 'drain',
      accept: '*/*',
      'accept-encoding': 'identity',
      connection: 'close',
    });
    expect(seen[0]?.socket).not.toBe(seen[1]?.socket);
  });

  it('reaches a server by IPv6, with brackets where they belong', async () => {
    const hosts: unknown[] = [];
    const server = createServer((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const port = await listen(server, '::1');
    const gate = await check(port, {}, '::1');
    expect(gate.name).toBe(`check http://[::1]:${port}/healthz?full=1`);
    expect(await ask(gate)).toEqual({ passed: true, detail: '200 OK' });
    expect(hosts).toEqual([`[::1]:${port}`]);
  });

  it('asks for another host where one is given', async () => {
    const server = createServer((request, response) =>
      response.writeHead(request.headers.host === 'app.example' ? 200 : 404).end(),
    );
    const port = await listen(server);
    expect(await ask(await check(port, { host: 'app.example' }))).toMatchObject({ passed: true });
    expect(await ask(await check(port))).toEqual({ passed: false, detail: '404 Not Found' });
  });

  it('fails with any other status', async () => {
    expect(await ask(await check(await answering(503)))).toEqual({
      passed: false,
      detail: '503 Service Unavailable',
    });
  });

  it('does not follow a redirect', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.writeHead(302, { Location: '/login' }).end();
    });
    const port = await listen(server);
    expect(await ask(await check(port))).toEqual({
      passed: false,
      detail: '302 Found to /login, which is not followed',
    });
    expect(await ask(await check(port, { status: '200-399' }))).toMatchObject({ passed: true });
    expect(asked).toBe(2);
  });

  it('takes the status codes it is told to take', async () => {
    const port = await answering(503);
    expect(await ask(await check(port, { status: '200,500-503' }))).toMatchObject({ passed: true });
    expect(await ask(await check(port, { status: '200,500-502' }))).toMatchObject({
      passed: false,
    });
  });
});

describe('the body', () => {
  it.each([
    ['ok', true],
    ['"ok"', true],
    ['/^\\{"status": *"OK"/i', true],
    ['healthy', false],
    ['/^ok/', false],
  ])('is held against %s', async (body, passed) => {
    const port = await answering(200, '{"status": "ok"}');
    expect(await ask(await check(port, { body }))).toMatchObject({ passed });
  });

  it('that does not match is shown', async () => {
    const port = await answering(200, 'starting up\n');
    expect(await ask(await check(port, { body: 'ok' }))).toEqual({
      passed: false,
      detail: '200 OK, but the body does not contain "ok": starting up',
    });
  });

  it('is not waited for when nothing is asked of it', async () => {
    const port = await listenRaw((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nand then'));
    expect(await ask(await check(port))).toEqual({ passed: true, detail: '200 OK' });
  });

  it('of many megabytes is read to its 64th kB', async () => {
    let sent = 0;
    const server = createServer((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
        sent += 65_536;
      };
      response.on('drain', pour);
      pour();
    });
    const port = await listen(server);
    const { passed, detail } = await ask(await check(port, { body: 'ok' }));
    expect(passed).toBe(false);
    expect(detail).toMatch(/^200 OK, but the first 64 kB of the body does not contain "ok": xxx/);
    expect(detail.length).toBeLessThan(310);
    // What the two ends' socket buffers hold, and not what the server has to give.
    expect(sent).toBeLessThan(30_000_000);
  });

  it('cannot keep a pattern busy for ever', async () => {
    const port = await answering(200, `${'a'.repeat(60_000)}!`);
    const stopwatch = startStopwatch();
    expect(await ask(await check(port, { body: '/^(a+)+$/' }))).toMatchObject({
      passed: false,
      detail: expect.stringContaining('takes too long to match against /^(a+)+$/'),
    });
    expect(stopwatch.stopMs()).toBeLessThan(2_000);
  });
});

describe('a server that', () => {
  it('is not there refuses the connection', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((done) => server.close(done));
    expect(await ask(await check(port))).toEqual({
      passed: false,
      detail: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  const cut: readonly [string, (socket: Socket) => void, RegExp][] = [
    ['says nothing', () => {}, /^no answer within \d+ms$/],
    ['stops in its headers', (s) => s.write('HTTP/1.1 200 OK\r\nX: 1'), /^no answer within \d+ms$/],
    [
      'stops in its body',
      (s) => s.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\no'),
      /^no end of the body within \d+ms$/,
    ],
    ['trickles headers for ever', trickle('HTTP/1.1 200 OK\r\n', 'X: 1\r\n'), /^no answer within/],
    ['trickles its body for ever', trickle('HTTP/1.1 200 OK\r\n\r\n', 'o'), /^no end of the body/],
    ['only ever says 100', trickle('', 'HTTP/1.1 100 Continue\r\n\r\n'), /^no answer within/],
    ['closes at once', (s) => s.end(), /closed the connection before its answer was complete/],
    ['resets', (s) => s.resetAndDestroy(), /^read ECONNRESET$|closed the connection/],
    [
      'breaks off in its body',
      (s) => s.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\no'),
      /closed the connection before its answer was complete/,
    ],
    ['speaks something else', (s) => s.end('SSH-2.0-OpenSSH_9.2\r\n'), /^it does not speak HTTP/],
    [
      'sends megabytes of headers',
      (s) => s.write(`HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(1_000_000)}\r\n`),
      /^its headers are larger than 16 kB$/,
    ],
    [
      'switches protocols unasked',
      (s) => s.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      /^101 Switching$/,
    ],
  ];

  it.each(cut)('%s fails', async (_what, answer, detail) => {
    const gate = await check(await listenRaw(answer), { body: 'ok' });
    await longEnough(300, async (limitMs) => {
      const stopwatch = startStopwatch();
      expect(await ask(gate, limitMs)).toEqual({
        passed: false,
        detail: expect.stringMatching(detail),
      });
      expect(stopwatch.stopMs()).toBeLessThan(limitMs + 1_000);
    });
  });

  it('sends a reason as long as a header may be is quoted in a few words', async () => {
    const reason = `\x1b[31m${'bad '.repeat(3_000)}`;
    const port = await listenRaw((socket) => socket.write(`HTTP/1.1 500 ${reason}\r\n\r\n`));
    const { passed, detail } = await ask(await check(port));
    expect(passed).toBe(false);
    expect(detail).toMatch(/^500 |^it does not speak HTTP/);
    expect(detail.length).toBeLessThan(310);
  });
});

function trickle(head: string, drop: string) {
  return (socket: Socket): void => {
    socket.write(head);
    const timer = setInterval(() => socket.write(drop), 5);
    socket.on('close', () => clearInterval(timer));
  };
}

describe('a check whose time is up already', () => {
  it('answers without asking', async () => {
    const gate = await check(await answering(200));
    expect(await gate.ask({} as never, AbortSignal.abort())).toEqual({
      passed: false,
      detail: 'given up before it was asked',
    });
  });
});

describe('--gate-http', () => {
  it('asks one URL, by name too, and passes with 200-299', async () => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/ready' ? 200 : 500).end(),
    );
    const port = await listen(server);
    const urls = ['ready', 'other'].map((path) => `http://localhost:${port}/${path}`);
    const specs = urls.map((url) => {
      const spec = parseGateHttp(url);
      if (!spec.ok) throw new Error(spec.failure.what);
      return spec.value;
    });
    const gates = await createGates(specs);
    if (!gates.ok) throw new Error(gates.failure.what);
    expect(gates.value.map(({ name }) => name)).toEqual([
      `gate-http http://localhost:${port}/ready`,
      `gate-http http://localhost:${port}/other`,
    ]);
    expect(await Promise.all(gates.value.map((gate) => ask(gate)))).toEqual([
      { passed: true, detail: '200 OK' },
      { passed: false, detail: '500 Internal Server Error' },
    ]);
  });

  it('sends the Authorization header that the environment gives, and never shows it', async () => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    const spec = parseGateHttp(`http://localhost:${await listen(server)}/`);
    if (!spec.ok) throw new Error(spec.failure.what);
    for (const value of ['Bearer secret', ' Basic czpw\n', '']) {
      vi.stubEnv('DRAIN_GATE_AUTHORIZATION', value);
      const gates = await createGates([spec.value]);
      const [gate] = gates.ok ? gates.value : [];
      if (!gate) throw new Error('no gate');
      expect(JSON.stringify([gate.name, await ask(gate)])).not.toMatch(/secret|czpw/);
    }
    expect(seen).toEqual(['Bearer secret', 'Basic czpw', undefined]);
  });

  it('is refused where the environment gives what no header may hold, without showing it', async () => {
    const spec = parseGateHttp('http://localhost/');
    if (!spec.ok) throw new Error(spec.failure.what);
    for (const value of ['Bearer sec\nret: x', 'Bearer sec\u20acret']) {
      vi.stubEnv('DRAIN_GATE_AUTHORIZATION', value);
      const gates = await createGates([spec.value]);
      expect(gates).toMatchObject({ ok: false, failure: { kind: 'usage' } });
      expect(JSON.stringify(gates)).toContain('DRAIN_GATE_AUTHORIZATION');
      expect(JSON.stringify(gates)).not.toMatch(/sec|ret: x/);
    }
  });
});
