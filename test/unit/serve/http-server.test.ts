import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listening, type ListenOptions, listen } from '../../../src/serve/http/http-server.ts';
import { refusalOf } from '../../../src/serve/http/request-guard.ts';
import { route } from '../../../src/serve/http/routes.ts';
import { viewOf } from '../../support/views.ts';

let open: Listening | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function started(more: Partial<ListenOptions> = {}): Promise<string> {
  const deps = {
    version: '0.1.0',
    readPage: async () => ({ html: '<p>drain</p>', policy: { 'img-src': 'data:' } }),
    readView: async () => viewOf(),
    writeMetrics: async () => ({ type: 'text/plain; version=0.0.4', text: 'drain_up 1\n' }),
  };
  const answer = (path: string) => route(path, deps);
  const listening = await listen({ host: '127.0.0.1', port: 0, answer, ...more });
  if (!listening.ok) throw new Error(listening.failure.what);
  open = listening.value;
  return listening.value.url;
}

interface Reply {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** fetch() sets Host itself. */
const ask = (
  url: string,
  options: {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    body?: string;
  } = {},
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const asked = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    asked.on('error', reject).end(body);
  });

describe('the server', () => {
  it('puts strict headers on every answer, of whatever kind', async () => {
    const url = await started();
    for (const path of ['/', '/state', '/metrics', '/healthz', '/nowhere', '/../etc/passwd']) {
      const { headers } = await ask(url + path);
      expect(headers, path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; /);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*/);
    }
    expect((await ask(`${url}/nowhere`)).status).toBe(404);
  });

  it('answers GET and HEAD, and nothing else', async () => {
    const url = await started();
    const got = await ask(`${url}/metrics`);
    const head = await ask(`${url}/metrics`, { method: 'HEAD' });
    expect([got.status, head.status, head.body]).toEqual([200, 200, '']);
    expect(head.headers['content-length']).toBe(got.headers['content-length']);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const refused = await ask(`${url}/metrics`, { method });
      expect([refused.status, refused.headers.allow], method).toEqual([405, 'GET, HEAD']);
    }
    const withBody = await ask(`${url}/state`, { headers: { 'Content-Length': '3' }, body: 'abc' });
    expect(withBody.status).toBe(413);
  });

  it('answers on loopback only under names of its own, against DNS rebinding', async () => {
    const url = await started();
    const statusFor = async (Host: string) =>
      (await ask(`${url}/state`, { headers: { Host } })).status;
    for (const name of ['localhost:1', 'LOCALHOST', '127.0.0.1:9815', '[::1]:9815', '127.0.0.2']) {
      expect(await statusFor(name), name).toBe(200);
    }
    for (const name of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil', '10.0.0.1']) {
      expect(await statusFor(name), name).toBe(421);
    }
  });

  it('wants its token everywhere but at /healthz, and for the page that asks for it', async () => {
    const token = '0123456789abcdef';
    const url = await started({ token });
    const statusFor = async (path: string, Authorization?: string) =>
      (await ask(url + path, { headers: Authorization ? { Authorization } : {} })).status;
    expect(await statusFor('/healthz')).toBe(200);
    expect(await statusFor('/')).toBe(200);
    for (const path of ['/state', '/metrics', '/nowhere', '/healthz/', '//healthz']) {
      expect(await statusFor(path), path).toBe(401);
      expect(await statusFor(path, `Basic ${token}`), path).toBe(401);
      expect(await statusFor(path, `Bearer ${token}x`), path).toBe(401);
      expect(await statusFor(path, `Bearer ${token.slice(1)}`), path).toBe(401);
      expect(await statusFor(path, 'Bearer'), path).toBe(401);
      expect(await statusFor(path, `Bearer ${token}`), path).not.toBe(401);
    }
    expect(await statusFor('/metrics', `Bearer ${token}`)).toBe(200);
    expect((await ask(`${url}/metrics`)).headers['www-authenticate']).toContain('Bearer');
  });

  it('reads a bounded number of bytes before it answers', async () => {
    const url = await started();
    const large = await ask(`${url}/${'a'.repeat(10_000)}`);
    expect(large.status).toBe(431);
  });

  it('answers although more connections than it has room for are idle', async () => {
    const url = await started();
    const port = Number(new URL(url).port);
    const sockets = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = connect(port, '127.0.0.1').on('error', () => {});
        await new Promise((resolve) => socket.once('connect', resolve));
        return socket;
      }),
    );
    expect((await ask(`${url}/healthz`)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('closes a connection with many requests at once, and makes no answer for each', async () => {
    let answers = 0;
    const answer = async () => {
      answers++;
      return { status: 200, type: 'text/plain', body: 'x'.repeat(10_000) };
    };
    const url = await started({ answer });
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(40_000));
    await gone;
    expect(answers).toBeLessThanOrEqual(8);
    expect((await ask(`${url}/healthz`)).status).toBe(200);
  });

  it('closes at once though somebody hangs in the middle of a request', async () => {
    const url = await started();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('GET /metrics HTTP/1.1\r\nHost: 127');
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    await open?.close();
    await gone;
    open = undefined;
  });

  it('is a failure of usage where the port is taken', async () => {
    const url = await started();
    const port = Number(new URL(url).port);
    const answer = async () => ({ status: 200, type: 'text/plain', body: '' });
    expect(await listen({ host: '127.0.0.1', port, answer })).toMatchObject({
      ok: false,
      failure: { kind: 'usage', what: expect.stringContaining('another program listens there') },
    });
  });

  it('breaks where an answer cannot be made, instead of hiding it', async () => {
    const url = await started({ answer: () => Promise.reject(new Error('a bug')) });
    const asked = ask(`${url}/state`).catch(() => 'nothing');
    await expect(open?.broken).rejects.toThrow('a bug');
    await open?.close();
    expect(await asked).toBe('nothing');
  });
});

describe('a request without a name', () => {
  it('is refused on loopback, where nothing else tells who sent it', () => {
    const asked = { method: 'GET', path: '/metrics', authorization: undefined, hasBody: false };
    for (const host of [undefined, '', ':9815']) {
      expect(refusalOf({ ...asked, host }, { host: '127.0.0.1' })?.status).toBe(421);
    }
  });
});

describe('a request from beyond this machine', () => {
  it('may use any name, for the token keeps others out', () => {
    const asked = { method: 'GET', path: '/metrics', host: 'lb1.example', hasBody: false };
    const policy = { host: '10.0.0.5', token: '0123456789abcdef' };
    const authorization = 'Bearer 0123456789abcdef';
    expect(refusalOf({ ...asked, authorization }, policy)).toBeUndefined();
    expect(refusalOf({ ...asked, authorization: undefined }, policy)?.status).toBe(401);
  });
});
