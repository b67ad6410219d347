import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as tlsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { drain, parseEvents, withFolder } from '../support/drain-command.ts';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import {
  type RunningControl,
  startControl,
  tokenOf,
  writeTokens,
} from '../support/running-control.ts';
import { startDrain } from '../support/running-drain.ts';
import { selfSigned } from '../support/self-signed.ts';

const web = '-t 10.0.0.100:80';
const table = `-A ${web} -s wrr
-a ${web} -r 10.0.0.1:80 -m -w 4
-a ${web} -r 10.0.0.3:80 -m -w 1
-A -t 10.0.0.101:80 -s rr -p 300
-a -t 10.0.0.101:80 -r 10.0.0.4:80 -g -w 2
`;
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--output', 'json', '--no-check'];

let fake: FakeIpvsadm;
let folder: string;
let server: RunningControl;
/** Lines of a rollout that is over, as the command wrote them. */
let lines: readonly string[];
let rollout: string;
let state: readonly string[];
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
  await fake.reset(table);
  folder = await mkdtemp(join(tmpdir(), 'drain-control-'));
  state = ['--state', join(folder, 'state')];
  const args = [...handOver, '--over', '2s', '--every', '1s', '--settle', '0s', ...state];
  const run = await drain(args, { env: fake.env });
  expect(run.exitCode).toBe(0);
  lines = run.stdout.trimEnd().split('\n');
  rollout = JSON.parse(lines[0] ?? '').rollout;
  const tokens = await writeTokens(folder, {
    ci: { role: 'start' },
    look: { role: 'read' },
    mail: { role: 'read', services: ['tcp/10.0.0.101:80'] },
    elsewhere: { role: 'read', directors: ['lb9'] },
    old: { role: 'start', expires: '2020-01-01T00:00:00Z' },
  });
  server = await startControl(['--tokens', tokens, ...state], fake.env);
}, 60_000);
afterAll(async () => {
  server.signal('SIGKILL');
  await server.ended;
  await fake.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Events without samples, and without the moment at which the plan was shown: the journal is younger. */
const withoutSamples = (events: readonly DrainEvent[]) =>
  events
    .filter(({ type }) => type !== 'sampled')
    .map(({ at, ...event }) => (event.type === 'planned' ? event : { at, ...event }));

const eventLines = async (query = '', init: { readonly headers?: Record<string, string> } = {}) => {
  const response = await server.ask(`/v1/rollouts/${rollout}/events${query}`, init);
  return response.text();
};

describe('drain serve --control', () => {
  it('shows the table as drain list does', async () => {
    const list = await drain(['list', '--output', 'json', ...state], { env: fake.env });
    const listed = list.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(await server.json('/v1/table')).toEqual({ status: 200, body: { services: listed } });
    const one = await server.json('/v1/table?service=tcp/10.0.0.101:80');
    expect(one.body.services).toEqual([listed[1]]);
    expect((await server.json('/v1/services')).body).toEqual({
      services: [
        { service: 'tcp/10.0.0.100:80', directors: ['local'] },
        { service: 'tcp/10.0.0.101:80', directors: ['local'] },
      ],
    });
  });

  it('shows rollouts as drain history does, by their id and what is unique of it', async () => {
    const history = await drain(['history', '--output', 'json', ...state], { env: fake.env });
    const past = JSON.parse(history.stdout);
    expect(await server.json('/v1/rollouts')).toEqual({ status: 200, body: { rollouts: [past] } });
    for (const word of [rollout, 'latest', rollout.slice(-6)]) {
      expect(await server.json(`/v1/rollouts/${word}`)).toEqual({ status: 200, body: past });
    }
    const of = async (query: string) =>
      (await server.json(`/v1/rollouts?${query}`)).body.rollouts.length;
    expect(await of('state=done&service=tcp/10.0.0.100:80')).toBe(1);
    expect(await of('state=held')).toBe(0);
    expect(await of('service=tcp/10.0.0.101:80')).toBe(0);
    expect(await of('actor=nobody-of-that-name')).toBe(0);
    expect(await of(`before=${rollout}`)).toBe(0);
    expect(await of('since=2090-01-01T00:00:00Z')).toBe(0);
  });

  it('has the events of a rollout as the command wrote them, but for samples that say no more', async () => {
    const heard = parseEvents(await eventLines());
    const told = parseEvents(lines.join('\n'));
    expect(withoutSamples(heard)).toEqual(withoutSamples(told));
    for (const one of heard.filter(({ type }) => type === 'sampled')) {
      expect(told).toContainEqual(one);
    }
    expect(parseEvents(await eventLines('?from=3&follow=false'))).toEqual(heard.slice(3));
  });

  it('numbers them for whoever goes on where a stream was cut', async () => {
    const all = (await eventLines()).trimEnd().split('\n');
    const headers = { accept: 'text/event-stream', 'last-event-id': '1' };
    const expected = all.slice(2).map((line, index) => `id: ${index + 2}\ndata: ${line}\n\n`);
    expect(await eventLines('', { headers })).toBe(expected.join(''));
  });

  it('answers with what its document says, and nothing under /v1 without a token', async () => {
    const document = JSON.parse(
      readFileSync(new URL('../../schemas/openapi.json', import.meta.url), 'utf8'),
    );
    expect((await server.json('/v1/openapi.json')).body).toEqual(document);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', components: document.components });
    const valid = (name: string, value: unknown) => {
      expect(ajv.validate({ $ref: `api#/components/schemas/${name}` }, value), name).toBe(true);
    };
    const asked: Record<string, string> = {
      '/v1/table': 'Table',
      '/v1/services': 'Services',
      '/v1/rollouts': 'Rollouts',
      [`/v1/rollouts/${rollout}`]: 'Rollout',
    };
    for (const [path, schema] of Object.entries(asked)) {
      valid(schema, (await server.json(path)).body);
    }
    for (const line of lines) valid('Event', JSON.parse(line));
    for (const [path, methods] of Object.entries<Record<string, unknown>>(document.paths)) {
      for (const method of Object.keys(methods)) {
        const url = path.replace('{rollout}', rollout).replace('{server}', '10.0.0.1');
        const { status, body } = await server.json(url, { as: '', method });
        expect([status, body.exitCode], path).toEqual([401, 3]);
        valid('Problem', body);
      }
    }
  });

  it('shows a token with limits what is its own, and does not say that there is more', async () => {
    const services = async (as: string) =>
      (await server.json('/v1/services', { as })).body.services.map(
        ({ service }: { service: string }) => service,
      );
    expect(await services('mail')).toEqual(['tcp/10.0.0.101:80']);
    expect(await services('elsewhere')).toEqual([]);
    for (const as of ['mail', 'elsewhere']) {
      expect((await server.json('/v1/rollouts', { as })).body.rollouts).toEqual([]);
      const hidden = await server.json(`/v1/rollouts/${rollout}`, { as });
      const none = await server.json('/v1/rollouts/20200101-000000000-0000', { as });
      expect([hidden.status, none.status]).toEqual([404, 404]);
      expect((await server.ask(`/v1/rollouts/${rollout}/events`, { as })).status).toBe(404);
      expect((await server.ask('/state', { as })).status).toBe(200);
    }
  });

  it('refuses with problem details: what, where, next and the exit code', async () => {
    const refused = async (path: string, init = {}) => {
      const response = await server.ask(path, init);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(response.headers.get('cache-control')).toBe('no-store');
      return response.json() as Promise<Record<string, unknown>>;
    };
    expect(await refused('/v1/rollouts?limit=0')).toMatchObject({ status: 400, exitCode: 2 });
    expect(await refused('/v1/rollouts?stat=done')).toMatchObject({
      status: 400,
      what: 'the query has no "stat"',
      where: 'query',
    });
    expect(await refused('/v1/table?service=tcp/10.0.0.9:80')).toMatchObject({
      status: 400,
      what: expect.stringContaining('no director holds the service tcp/10.0.0.9:80'),
    });
    expect(await refused('/v1/nothing')).toMatchObject({ status: 404 });
    expect(await refused('/v1/rollouts/..%2f..%2fetc')).toMatchObject({ status: 404 });
    expect(await refused('/v1/table', { method: 'DELETE' })).toMatchObject({ status: 405 });
    expect(await refused('/v1/table', { as: 'old' })).toMatchObject({
      status: 401,
      what: 'the token has expired',
    });
    expect(
      await refused('/v1/table', { headers: { origin: 'https://evil.example' } }),
    ).toMatchObject({ status: 403, exitCode: 3 });
    const big = { method: 'POST', body: 'x'.repeat(300_000) };
    expect(await refused('/v1/table', big)).toMatchObject({ status: 413 });
    const none = await refused(`/v1/rollouts/${rollout}/events`, {
      headers: { accept: 'text/html' },
    });
    expect(none).toMatchObject({ status: 406 });
  });

  it('streams what happens while it happens, until the rollout is held', async () => {
    const own = fake.another('live');
    await own.reset(table);
    await withFolder(async (place) => {
      const tokens = await writeTokens(place, { ci: { role: 'read' } });
      const there = ['--state', join(place, 'state')];
      const live = await startControl(['--tokens', tokens, ...there], own.env);
      const args = [...handOver, '--over', '60s', '--every', '1s', ...there];
      const going = startDrain(args, own.env);
      const first = await going.event(({ type }) => type === 'step-applied');
      const stream = await live.ask(`/v1/rollouts/${first.rollout}/events`);
      const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      const readTo = async (says: string) => {
        while (!text.includes(says)) text += (await reader?.read())?.value ?? '';
      };
      await readTo('"step":2');
      going.signal('SIGTERM');
      for (;;) {
        const part = await reader?.read();
        text += part?.value ?? '';
        if (part?.done) break;
      }
      await going.ended;
      expect(withoutSamples(parseEvents(text))).toEqual(withoutSamples(going.events()));
      live.signal('SIGTERM');
      expect(await live.ended).toEqual({ exitCode: 143, stderr: '' });
    });
  });

  it('forgets a token that is taken out of its file, and everybody while the file is open to others', async () => {
    await withFolder(async (place) => {
      const file = await writeTokens(place, { ci: { role: 'read' }, look: { role: 'read' } });
      const args = ['--tokens', file, '--state', join(place, 'state')];
      const live = await startControl(args, fake.env);
      const status = async (as: string) => (await live.ask('/v1/services', { as })).status;
      expect([await status('ci'), await status('look')]).toEqual([200, 200]);
      await writeTokens(place, { look: { role: 'read' } });
      expect([await status('ci'), await status('look')]).toEqual([401, 200]);
      await chmod(file, 0o644);
      expect([await status('ci'), await status('look')]).toEqual([503, 503]);
      await chmod(file, 0o600);
      expect([await status('ci'), await status('look')]).toEqual([401, 200]);
      live.signal('SIGTERM');
      const { stderr } = await live.ended;
      expect(stderr).toContain('nobody is known any more');
      expect(stderr).toContain('chmod 600');
      expect(stderr).toContain('of use again');
      for (const name of ['ci', 'look']) expect(stderr).not.toContain(tokenOf(name));
    });
  });
});

describe('what --control wants', () => {
  const refusal = async (...args: readonly string[]) => {
    const { exitCode, stderr } = await drain(['serve', ...args], { env: fake.env });
    return { exitCode, stderr };
  };

  it('is tokens, TLS beyond this machine, and files that others do not read', async () => {
    await withFolder(async (place) => {
      const tokens = await writeTokens(place, { ci: { role: 'read' } });
      expect(await refusal('--control')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('--tokens'),
      });
      expect(await refusal('--tokens', tokens)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('--control'),
      });
      expect(await refusal('--control', '--tokens', tokens, '--listen', '0.0.0.0:0')).toMatchObject(
        { exitCode: 2, stderr: expect.stringContaining('--tls-cert') },
      );
      expect(await refusal('--tls-cert', tokens)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('--tls-key'),
      });
      await chmod(tokens, 0o644);
      expect(await refusal('--control', '--tokens', tokens)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(`chmod 600 ${tokens}`),
      });
    });
  });

  it('is answered over TLS on every address, and /state there to its readers only', async () => {
    await withFolder(async (place) => {
      const { cert, key } = await selfSigned('lb1.example');
      const [certFile, keyFile] = [join(place, 'cert'), join(place, 'key')];
      await writeFile(certFile, cert);
      await writeFile(keyFile, key, { mode: 0o600 });
      const tokens = await writeTokens(place, {
        ci: { role: 'read' },
        mail: { role: 'read', services: ['tcp/10.0.0.101:80'] },
      });
      const live = await startControl(
        [
          ...['--listen', '0.0.0.0:0', '--tokens', tokens, '--state', join(place, 'state')],
          ...['--tls-cert', certFile, '--tls-key', keyFile],
        ],
        fake.env,
      );
      const { port } = new URL(live.url);
      expect(live.url).toMatch(/^https:/);
      const status = (path: string, as?: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const headers = as === undefined ? {} : { Authorization: `Bearer ${tokenOf(as)}` };
          const options = { host: '127.0.0.1', port, path, headers, ca: cert };
          tlsRequest(options, (response) => {
            response.resume();
            resolve(response.statusCode);
          })
            .on('error', reject)
            .end();
        });
      expect(await status('/v1/services', 'ci')).toBe(200);
      expect(await status('/v1/services')).toBe(401);
      expect(await status('/state')).toBe(401);
      expect(await status('/state', 'mail')).toBe(401);
      expect(await status('/state', 'ci')).toBe(200);
      expect(await status('/healthz')).toBe(200);
      live.signal('SIGTERM');
      await until(async () => (await live.ended).exitCode === 143);
    });
  });
});
