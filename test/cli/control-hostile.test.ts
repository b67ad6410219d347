import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { type Operation, operations } from '../../src/api/openapi/operations.ts';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import {
  type RunningControl,
  startControl,
  tokenOf,
  writeTokens,
} from '../support/running-control.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 1
`;

let fake: FakeIpvsadm;
let folder: string;
let server: RunningControl;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
  await fake.reset(table);
  folder = await mkdtemp(join(tmpdir(), 'drain-hostile-'));
  const tokens = await writeTokens(folder, { ci: { role: 'start' } });
  server = await startControl(
    ['--tokens', tokens, '--state', join(folder, 'state'), '--config', '/dev/null'],
    fake.env,
  );
});
afterAll(async () => {
  server.signal('SIGTERM');
  const { stderr, exitCode } = await server.ended;
  await fake.remove();
  await rm(folder, { recursive: true, force: true });
  // Nothing of all this was a bug, and no token is in the log.
  expect([exitCode, stderr]).toEqual([143, expect.not.stringContaining('a bug')]);
  expect(stderr).not.toContain(tokenOf('ci'));
});

const isAlive = async () => (await server.ask('/v1/services')).status === 200;

/** What a server says to bytes, until it closes the connection. */
function say(text: string, { keep = false } = {}): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(text);
      if (!keep) socket.end();
    });
    socket.setEncoding('latin1').on('data', (part) => {
      heard += part;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
const bearer = `Authorization: Bearer ${tokenOf('ci')}`;

/** Values of fields: mostly what a caller could mean, with what nobody means among it. */
const value = fc.oneof(
  fc.constantFrom('10.0.0.1', '10.0.0.2', '5m', '0s', 'tcp/10.0.0.100:80', 'local', '25%', true, 3),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const fields = [
  ...['from', 'to', 'over', 'every', 'steps', 'service', 'check', 'windows', 'director', 'force'],
  ...['weight', 'reason', 'gateCommand', 'ipvsadm', 'state', '__proto__', 'constructor', 'at'],
];
const body = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .dictionary(fc.constantFrom(...fields), value, { maxKeys: 5 })
      .map((made) => JSON.stringify(made)),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
);
const word = fc.oneof(
  fc.constantFrom(
    'latest',
    '10.0.0.3',
    '20200101-000000000-0000',
    '..',
    '%2e%2e',
    '%00',
    '%zz',
    'a,b',
  ),
  fc.string({ minLength: 1, maxLength: 30 }).map(encodeURIComponent),
);
const request = fc.record({
  id: fc.constantFrom(...Object.keys(operations)),
  word,
  body,
  query: fc.option(
    fc.dictionary(
      fc.constantFrom('service', 'state', 'limit', 'before', 'since', 'from', 'actor', 'x'),
      fc.string({ maxLength: 20 }),
      { maxKeys: 3 },
    ),
  ),
});

describe('the control API', () => {
  it('answers whatever fits its document or not with what the document has', async () => {
    const document = openApiDocument() as {
      readonly components: { readonly schemas: Readonly<Record<string, object>> };
    };
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', components: document.components });
    const rows: Readonly<Record<string, Operation>> = operations;
    await fc.assert(
      fc.asyncProperty(request, async ({ id, word: at, body: text, query }) => {
        const operation = rows[id];
        if (!operation) throw new Error(id);
        const { method, answer } = operation;
        const path = operation.path.replaceAll(/\{\w+\}/g, at);
        const asked = new URLSearchParams({
          ...query,
          ...(id === 'getEvents' ? { follow: 'false' } : {}),
        });
        const response = await server.ask(`${path}?${asked}`, {
          method: method.toUpperCase(),
          ...(method === 'post' ? { body: text } : {}),
        });
        const type = response.headers.get('content-type') ?? '';
        const heard = await response.text();
        const isGood = response.status === answer.status || response.status === 200;
        if (isGood) {
          if (answer.schema === undefined || type.includes('ndjson')) return;
          expect(
            ajv.validate({ $ref: `api#/components/schemas/${answer.schema}` }, JSON.parse(heard)),
          ).toBe(true);
          return;
        }
        // A path with dots is another one when it arrives.
        if (type.startsWith('text/plain'))
          return expect([404, 405, 413]).toContain(response.status);
        expect([400, 404, 405, 409, 422]).toContain(response.status);
        expect(type).toBe('application/problem+json');
        expect(ajv.validate({ $ref: 'api#/components/schemas/Problem' }, JSON.parse(heard))).toBe(
          true,
        );
      }),
      { numRuns: Number(process.env.DRAIN_API_REQUESTS ?? 150), endOnFailure: true },
    );
    expect(await isAlive()).toBe(true);
  }, 600_000);

  it('refuses what another server on the way would read otherwise', async () => {
    const { host } = new URL(server.url);
    const head = `POST /v1/plan HTTP/1.1\r\nHost: ${host}\r\n${bearer}\r\n`;
    const both = `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(statusOf(await say(both))).toBe(400);
    const twice = `${head}Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}`;
    expect(statusOf(await say(twice))).toBe(400);
    const split = `GET /v1/services HTTP/1.1\r\nHost: ${host}\r\nX: a\nb\r\n${bearer}\r\n\r\n`;
    expect(statusOf(await say(split))).toBe(400);
    const foreign = `GET /v1/services HTTP/1.1\r\nHost: evil.example\r\n${bearer}\r\n\r\n`;
    expect(statusOf(await say(foreign))).toBe(421);
    const long = `GET /v1/services HTTP/1.1\r\nHost: ${host}\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(statusOf(await say(long))).toBe(431);
    expect(await isAlive()).toBe(true);
  });

  it('reads no more of a body than a plan may have, and is no worse for one that breaks off', async () => {
    const { host } = new URL(server.url);
    const head = `POST /v1/rollouts HTTP/1.1\r\nHost: ${host}\r\n${bearer}\r\n`;
    const said = `${head}Content-Length: 104857600\r\n\r\n{`;
    expect(statusOf(await say(said))).toBe(413);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const unsaid = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}`;
    expect([413, 0]).toContain(statusOf(await say(unsaid, { keep: true })));
    await say(`${head}Content-Length: 1000\r\n\r\n{"from": `);
    expect(await isAlive()).toBe(true);
  });

  it('answers others while a thousand connections say nothing, in bounded memory', async () => {
    const { hostname, port } = new URL(server.url);
    const sockets: Socket[] = [];
    for (let index = 0; index < 1_000; index++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      sockets.push(socket);
    }
    await until(isAlive);
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    const residentKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    expect(residentKb).toBeLessThan(300_000);
    for (const socket of sockets) socket.destroy();
  });

  it('tells two hundred listeners of one rollout the same to its end, and no more than these', async () => {
    const own = fake.another('listened');
    await own.reset(table);
    const tokens = await writeTokens(folder, { ci: { role: 'start' } });
    const options = [
      '--tokens',
      tokens,
      '--state',
      join(folder, 'listened'),
      '--config',
      '/dev/null',
    ];
    const live = await startControl(options, own.env);
    const plan = { from: '10.0.0.1', to: '10.0.0.2', over: '60s', every: '1s', noCheck: true };
    const { body: started } = await live.json('/v1/rollouts', {
      method: 'POST',
      body: JSON.stringify(plan),
    });
    const path = `/v1/rollouts/${started.rollout}/events`;
    const streams = await Promise.all(Array.from({ length: 200 }, () => live.ask(path)));
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    const refused = await live.ask(path);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    live.signal('SIGTERM');
    const [first = '', ...others] = await Promise.all(streams.map((stream) => stream.text()));
    expect(JSON.parse(first.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'finished',
      outcome: 'held',
      exitCode: 143,
    });
    expect(new Set(others)).toEqual(new Set([first]));
    expect(await live.ended).toEqual({ exitCode: 143, stderr: '' });
  });
});
