import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { drain, parseEvents } from '../support/drain-command.ts';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { type RunningControl, startControl, writeTokens } from '../support/running-control.ts';
import { startDrain } from '../support/running-drain.ts';

const web = '-t 10.0.0.100:80';
const mail = '-t 10.0.0.101:25';
const table = `-A ${web} -s wrr
-a ${web} -r 10.0.0.1:80 -m -w 4
-a ${web} -r 10.0.0.3:80 -m -w 1
-A ${mail} -s wrr
-a ${mail} -r 10.0.0.4:25 -m -w 2
-a ${mail} -r 10.0.0.5:25 -m -w 2
`;
const handOver = { from: '10.0.0.1', to: '10.0.0.2', settle: '0s', noCheck: true };
const quick = { ...handOver, over: '2s', every: '1s' };
const slow = { ...handOver, over: '60s', every: '1s' };

let builder: FakeIpvsadm;
let count = 0;
beforeAll(async () => {
  builder = await buildFakeIpvsadm();
});
afterAll(() => builder.remove());

/** A server on a table and a state of its own. */
interface Site {
  readonly fake: FakeIpvsadm;
  readonly folder: string;
  readonly state: readonly string[];
  readonly server: RunningControl;
  /** Another server in the place of this one. */
  again(): Promise<RunningControl>;
}

const servers: RunningControl[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.signal('SIGKILL');
    await server.ended;
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function openSite(config = 'groups: { web: [10.0.0.1, 10.0.0.2] }\n'): Promise<Site> {
  const fake = builder.another(`acting-${count++}`);
  await fake.reset(table);
  const folder = await mkdtemp(join(tmpdir(), 'drain-acting-'));
  folders.push(folder);
  const tokens = await writeTokens(folder, {
    ci: { role: 'start' },
    look: { role: 'read' },
    operator: { role: 'operate' },
    mail: { role: 'start', services: ['tcp/10.0.0.101:25'] },
    group: { role: 'start', groups: ['web'] },
    elsewhere: { role: 'start', directors: ['lb9'] },
  });
  await writeFile(join(folder, 'drain.yaml'), config);
  const state = ['--state', join(folder, 'state')];
  const again = async () => {
    const options = ['--tokens', tokens, '--config', join(folder, 'drain.yaml'), ...state];
    const server = await startControl(options, fake.env);
    servers.push(server);
    return server;
  };
  return { fake, folder, state, server: await again(), again };
}

const post = (server: RunningControl, path: string, body: unknown = {}, init = {}) =>
  server.json(path, { method: 'POST', body: JSON.stringify(body), ...init });
const start = async (server: RunningControl, body: unknown): Promise<string> => {
  const { status, body: answer } = await post(server, '/v1/rollouts', body);
  expect([status, answer]).toEqual([202, { rollout: expect.any(String) }]);
  return answer.rollout;
};
const eventsOf = async (server: RunningControl, rollout: string, query = '?follow=false') =>
  parseEvents(await (await server.ask(`/v1/rollouts/${rollout}/events${query}`)).text());
const happened = (server: RunningControl, rollout: string, type: string, step = 0) =>
  until(async () =>
    (await eventsOf(server, rollout)).some(
      (event) => event.type === type && (event.type !== 'step-applied' || event.step >= step),
    ),
  );
const weights = async ({ fake }: Site): Promise<Record<string, string>> =>
  Object.fromEntries(
    [...(await fake.table()).matchAll(/-r (\S+) .*-w (\d+)/g)].map(([, key, weight]) => [
      key,
      weight,
    ]),
  );
const before = { '10.0.0.1:80': '4', '10.0.0.3:80': '1', '10.0.0.4:25': '2', '10.0.0.5:25': '2' };

describe('a rollout that is started over HTTP', () => {
  it('runs in the server to its end, in the name of its token, and its listener hears it', async () => {
    const site = await openSite();
    const { server } = site;
    const planned = await post(server, '/v1/plan', { ...quick, reason: 'deploy 42' });
    expect(planned.status).toBe(200);
    expect(planned.body.plan.services).toMatchObject([{ service: 'tcp/10.0.0.100:80' }]);
    expect(await weights(site)).toEqual(before);
    const rollout = await start(server, { ...quick, reason: 'deploy 42' });
    const events = await eventsOf(server, rollout, '');
    expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done', exitCode: 0 });
    expect(events[0]).toMatchObject({ type: 'planned', services: planned.body.plan.services });
    const actor = { user: 'ci', host: '127.0.0.1', via: 'token', reason: 'deploy 42' };
    for (const event of events) expect(event.actor).toEqual(actor);
    expect(await weights(site)).toEqual({
      '10.0.0.2:80': '4',
      '10.0.0.3:80': '1',
      '10.0.0.4:25': '2',
      '10.0.0.5:25': '2',
    });
    const history = await drain(['history', ...site.state], { env: site.fake.env });
    expect(history.stdout).toContain('started by token ci on 127.0.0.1: deploy 42');
    const back = await post(server, `/v1/rollouts/${rollout}/rollback`, { force: true });
    expect(back).toEqual({ status: 202, body: { rollout } });
    await until(
      async () => (await server.json(`/v1/rollouts/${rollout}`)).body.state === 'rolled-back',
    );
    expect(await weights(site)).toEqual(before);
  });

  it('is started once by whoever asks twice with one key, also of the next server', async () => {
    const site = await openSite();
    const headers = { 'idempotency-key': 'job-7' };
    const ask = (server: RunningControl, body: unknown = slow) =>
      post(server, '/v1/rollouts', body, { headers });
    const [first, second] = await Promise.all([ask(site.server), ask(site.server)]);
    expect([first.status, second]).toEqual([202, first]);
    expect((await ask(site.server, quick)).status).toBe(422);
    site.server.signal('SIGTERM');
    expect((await site.server.ended).exitCode).toBe(143);
    const next = await site.again();
    expect(await ask(next)).toEqual(first);
    expect((await next.json('/v1/rollouts')).body.rollouts).toHaveLength(1);
    // What is refused may be tried again.
    const other = { headers: { 'idempotency-key': 'job-8' } };
    const refused = await post(next, '/v1/rollouts', slow, other);
    expect([refused.status, refused.body.exitCode]).toEqual([409, 6]);
    expect((await post(next, '/v1/rollouts', slow, other)).status).toBe(409);
  });

  it('is paused, goes on, is promoted, and is rolled back, each by who asked', async () => {
    const site = await openSite();
    const { server } = site;
    const rollout = await start(server, slow);
    const act = async (name: string, as = 'ci') =>
      expect(await post(server, `/v1/rollouts/${rollout}/${name}`, {}, { as })).toEqual({
        status: 202,
        body: { rollout },
      });
    await happened(server, rollout, 'step-applied', 1);
    await act('pause', 'operator');
    await happened(server, rollout, 'paused');
    expect((await server.json(`/v1/rollouts/${rollout}`)).body.state).toBe('paused');
    await act('continue', 'operator');
    await happened(server, rollout, 'continued');
    await act('rollback', 'operator');
    const events = await eventsOf(server, rollout, '');
    expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'rolled-back' });
    expect(await weights(site)).toEqual(before);
    const { acts } = (await server.json(`/v1/rollouts/${rollout}`)).body;
    expect(acts.map(({ act, user }: Record<string, string>) => `${act} ${user}`)).toEqual([
      'started ci',
      'paused operator',
      'continued operator',
      'rolled-back operator',
    ]);
    const promoted = await start(server, slow);
    await happened(server, promoted, 'step-applied', 1);
    expect((await post(server, `/v1/rollouts/${promoted}/promote`)).status).toBe(202);
    const after = await eventsOf(server, promoted, '');
    expect(after.at(-1)).toMatchObject({ type: 'finished', outcome: 'done' });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'that loses its server to %s in mid-ramp is gone on with by the next, and its listener too',
    async (signal) => {
      const site = await openSite();
      const rollout = await start(site.server, { ...handOver, over: '8s', every: '1s' });
      await happened(site.server, rollout, 'step-applied', 2);
      const first = await eventsOf(site.server, rollout);
      site.server.signal(signal);
      await site.server.ended;
      const next = await site.again();
      const rest = await until(async () => {
        const events = await eventsOf(next, rollout, `?from=${first.length}&follow=false`);
        return events.at(-1)?.type === 'finished' && events.at(-1);
      });
      const done = async () =>
        (await eventsOf(next, rollout, '')).findLast(({ type }) => type === 'finished');
      expect(rest).toMatchObject({ type: 'finished' });
      await until(async () => (await server(next, rollout)).state === 'done');
      expect(await done()).toMatchObject({ outcome: 'done', exitCode: 0 });
      const { acts } = await server(next, rollout);
      expect(acts.map(({ act, program }: Record<string, string>) => [act, program])).toEqual([
        ['started', undefined],
        ['resumed', 'drain serve --control'],
      ]);
      expect((await weights(site))['10.0.0.2:80']).toBe('4');
    },
  );

  it('of a terminal is not gone on with: whoever began it may have meant it to stop', async () => {
    const site = await openSite();
    const rollout = await start(site.server, slow);
    await happened(site.server, rollout, 'step-applied', 1);
    site.server.signal('SIGKILL');
    await site.server.ended;
    const resumed = startDrain(
      ['resume', rollout, '--output', 'json', ...site.state],
      site.fake.env,
    );
    await resumed.event(({ type }) => type === 'step-applied');
    resumed.signal('SIGKILL');
    await resumed.ended;
    const next = await site.again();
    const found = await until(async () => {
      const seen = await server(next, rollout);
      return ['cut-off', 'held'].includes(seen.state) && seen;
    });
    expect(found.acts.at(-1).program).toBeUndefined();
    const line = 'is not running';
    const paused = await post(next, `/v1/rollouts/${rollout}/pause`);
    expect([paused.status, paused.body.what]).toEqual([400, expect.stringContaining(line)]);
    expect((await post(next, `/v1/rollouts/${rollout}/abandon`)).status).toBe(202);
    expect((await server(next, rollout)).state).toBe('failed');
  });
});

const server = async (one: RunningControl, rollout: string) =>
  (await one.json(`/v1/rollouts/${rollout}`)).body;

describe('servers over HTTP', () => {
  it('are taken out and brought back, and there is nothing to do a second time', async () => {
    const site = await openSite();
    const over = { over: '0s' };
    const out = await post(
      site.server,
      '/v1/servers/10.0.0.3/out',
      { ...over, settle: '0s', reason: 'reboot' },
      { as: 'operator' },
    );
    expect(out.status).toBe(202);
    expect((await eventsOf(site.server, out.body.rollout, '')).at(-1)).toMatchObject({
      outcome: 'done',
    });
    expect((await weights(site))['10.0.0.3:80']).toBe('0');
    const back = await post(site.server, '/v1/servers/10.0.0.3:80/in', over, { as: 'operator' });
    expect(back.status).toBe(202);
    expect((await eventsOf(site.server, back.body.rollout, '')).at(-1)).toMatchObject({
      outcome: 'done',
    });
    expect(await weights(site)).toEqual(before);
    const again = await post(site.server, '/v1/servers/10.0.0.3/in', over);
    expect(again).toMatchObject({ status: 200, body: { exitCode: 0 } });
    const unknown = await post(site.server, '/v1/servers/10.9.9.9/out');
    expect([unknown.status, unknown.body.exitCode]).toEqual([400, 2]);
  });
});

describe('a request that may not be', () => {
  it.each([
    ['a role that only looks', 'look', '/v1/rollouts', quick, 403, 'role read'],
    ['a role that starts nothing', 'operator', '/v1/rollouts', quick, 403, 'takes start'],
    [
      'force without the role that starts',
      'operator',
      '/v1/servers/10.0.0.1/out',
      { force: true },
      403,
      'takes start',
    ],
    [
      'a service of others',
      'mail',
      '/v1/rollouts',
      quick,
      403,
      'tcp/10.0.0.100:80 is not among the services',
    ],
    [
      'a server of others',
      'group',
      '/v1/servers/10.0.0.3/out',
      {},
      403,
      '10.0.0.3:80 is not among the groups',
    ],
    [
      'a new server of others',
      'group',
      '/v1/rollouts',
      { ...quick, to: '10.0.0.9' },
      403,
      '10.0.0.9:80 is not',
    ],
    [
      'a director of others',
      'elsewhere',
      '/v1/plan',
      quick,
      403,
      'local is not among the directors',
    ],
    [
      'a command',
      'ci',
      '/v1/rollouts',
      { ...quick, gateCommand: 'touch /tmp/x' },
      400,
      '"gateCommand" is no field here',
    ],
    [
      'words that call ipvsadm',
      'ci',
      '/v1/plan',
      { ...quick, ipvsadm: 'touch /tmp/x' },
      400,
      '"ipvsadm" is no field here',
    ],
    [
      'another state',
      'ci',
      '/v1/plan',
      { ...quick, state: '/tmp/x' },
      400,
      '"state" is no field here',
    ],
    [
      'a gate of a step',
      'ci',
      '/v1/plan',
      { ...quick, over: undefined, steps: [{ percent: 100, gates: { command: 'x' } }] },
      400,
      'gates are not taken',
    ],
    [
      'a check of another machine',
      'ci',
      '/v1/plan',
      { ...quick, noCheck: false, check: 'http://169.254.169.254/{address}' },
      400,
      'asks the real servers',
    ],
    [
      'a host behind the address',
      'ci',
      '/v1/plan',
      { ...quick, noCheck: false, check: 'http://{address}.evil.example/' },
      400,
      'asks the real servers',
    ],
    [
      'a way to another machine',
      'ci',
      '/v1/plan',
      { ...quick, director: 'ssh://root@10.9.9.9' },
      400,
      'no director ssh://root@10.9.9.9',
    ],
    ['a body that is a list', 'ci', '/v1/plan', [quick], 400, 'no object'],
    ['a number that is a duration', 'ci', '/v1/plan', { ...quick, over: 'soon' }, 400, 'soon'],
    ['an unknown server', 'ci', '/v1/plan', { ...quick, from: '10.9.9.9' }, 400, '10.9.9.9'],
  ])('for %s is refused, and changes nothing', async (_, as, path, body, status, says) => {
    const { server, fake } = await openSite();
    const calls = (await fake.calls()).length;
    const answer = await post(server, path, body, { as });
    expect([answer.status, answer.body.what]).toEqual([status, expect.stringContaining(says)]);
    const edits = (await fake.calls())
      .slice(calls)
      .filter(({ done = '' }) => /^-[^LS]/m.test(done));
    expect(edits).toEqual([]);
  });

  it('is told with the place in its body', async () => {
    const { server } = await openSite();
    const answer = await server.json('/v1/plan', {
      method: 'POST',
      body: '{"from": "10.0.0.1",\n "ovr": "5m"}',
    });
    expect(answer.body).toMatchObject({
      what: '"ovr" is no field here (did you mean over?)',
      where: 'body:2:2',
    });
    const text = { method: 'POST', body: '{"from": ', headers: {} };
    expect((await server.json('/v1/plan', text)).body.what).toContain('the body is no JSON');
    const form = { ...text, headers: { 'content-type': 'text/plain' } };
    expect((await server.json('/v1/plan', form)).status).toBe(415);
  });

  it('wants a reason where the config file does', async () => {
    const { server } = await openSite('requireReason: true\n');
    const answer = await post(server, '/v1/rollouts', quick);
    expect([answer.status, answer.body.next]).toEqual([400, expect.stringContaining('"reason"')]);
  });
});
