import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programOf, whyNot } from '../support/debian-packages.ts';
import { drain, withFolder } from '../support/drain-command.ts';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { expressions } from '../support/monitoring-expressions.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { startDrain } from '../support/running-drain.ts';
import { type RunningServe, startServe } from '../support/running-serve.ts';
import { parseScrape } from '../support/scrape.ts';

const monitoring = fileURLToPath(new URL('../../monitoring/', import.meta.url));
const token = 'correct-horse-battery-staple';
const web = '-t 10.0.0.100:80';
const table = `-A ${web} -s wrr
-a ${web} -r 10.0.0.1:80 -m -w 4
-a ${web} -r 10.0.0.3:80 -m -w 1
-A -t 10.0.0.101:80 -s rr -p 300
-a -t 10.0.0.101:80 -r 10.0.0.4:80 -g -w 2
`;

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
afterAll(() => fake.remove());

const get = (serve: RunningServe, path: string, bearer = token): Promise<Response> =>
  fetch(serve.url + path, { headers: { Authorization: `Bearer ${bearer}` } });

/** On the fake's table after a rollout that is over and with a server that is out; for all who only look. */
let busy: RunningServe;
let busyFake: FakeIpvsadm;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-serve-'));
  busyFake = fake.another('busy');
  const { env } = busyFake;
  await busyFake.reset(table);
  const state = ['--state', join(folder, 'state'), '--settle', '0s'];
  const rollout = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '0s'];
  expect((await drain([...rollout, ...state], { env })).exitCode).toBe(0);
  expect((await drain(['out', '10.0.0.3', ...state], { env })).exitCode).toBe(0);
  await writeFile(join(folder, 'token'), `${token}\n`);
  const options = ['--state', join(folder, 'state'), '--token-file', join(folder, 'token')];
  busy = await startServe(options, env);
}, 60_000);
afterAll(async () => {
  busy.signal('SIGKILL');
  await busy.ended;
  await rm(folder, { recursive: true, force: true });
});
const promtool = await programOf('prometheus', 'usr/bin/promtool').catch((error: unknown) => {
  if (process.env.DRAIN_REQUIRE_KERNEL === '1') throw error;
  process.stderr.write(
    `left out: drain serve in Prometheus's own eyes, because ${whyNot(error)}\n`,
  );
  return undefined;
});

describe('drain serve', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends cleanly at %s with exit code %i', async (signal, exitCode) => {
    await fake.reset(table);
    const serve = await startServe(['--state', join(fake.folder, 'none')], fake.env);
    expect((await fetch(`${serve.url}/healthz`)).status).toBe(200);
    serve.signal(signal);
    expect(await serve.ended).toEqual({ exitCode, stderr: '' });
  });

  it('refuses to listen beyond this machine without a token, and takes none that is too short', async () => {
    for (const listen of ['0.0.0.0:9815', '[::]:9815', '10.0.0.5:9815', 'lb1.example:9815']) {
      const { exitCode, stderr } = await drain(['serve', '--listen', listen], { env: fake.env });
      expect([exitCode, stderr], listen).toEqual([2, expect.stringContaining('there is no token')]);
    }
    const short = { ...fake.env, DRAIN_SERVE_TOKEN: 'short' };
    const refused = await drain(['serve', '--listen', '0.0.0.0:0'], { env: short });
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining('the token is none'),
    ]);
    expect(refused.stderr).not.toContain('short\n');
    const inArgv = await drain(['serve', '--token', token], { env: fake.env });
    expect(inArgv.exitCode).toBe(2);
    const nowhere = await drain(['serve', '--listen', 'nowhere'], { env: fake.env });
    expect([nowhere.exitCode, nowhere.stderr]).toEqual([
      2,
      expect.stringContaining('127.0.0.1:9815'),
    ]);
  });

  it('takes its options from the config file, and a plan has none of them', async () => {
    await withFolder(async (folder) => {
      const config = join(folder, 'drain.yaml');
      await writeFile(config, 'defaults: { listen: "0.0.0.0:0", tokenFile: /nowhere/token }\n');
      const missing = await drain(['serve', '--config', config], { env: fake.env });
      expect([missing.exitCode, missing.stderr]).toEqual([
        2,
        expect.stringContaining('/nowhere/token'),
      ]);
      const plan = join(folder, 'plan.yaml');
      await writeFile(plan, 'from: 10.0.0.1\nto: 10.0.0.2\nlisten: 127.0.0.1:1\n');
      expect((await drain(['apply', plan], { env: fake.env })).exitCode).toBe(2);
    });
  });

  it('shows services, servers that are out and the last rollouts, and edits nothing', async () => {
    const serve = busy;
    const before = (await busyFake.calls()).length;
    const [metrics, answer] = await Promise.all([get(serve, '/metrics'), get(serve, '/state')]);
    const { series } = parseScrape(await metrics.text());
    const web2 = 'server="10.0.0.2:80",service="tcp/10.0.0.100:80"';
    expect(series.get(`drain_server_connections_total{${web2}}`)).toBe(0);
    expect(series.get('drain_service_weighted_servers{service="tcp/10.0.0.100:80"}')).toBe(1);
    expect(
      series.get('drain_service_persistence_timeout_seconds{service="tcp/10.0.0.101:80"}'),
    ).toBe(300);
    expect(series.get('drain_servers_out{reason="operator"}')).toBe(1);
    expect(series.get('drain_servers_out{reason="health"}')).toBe(0);
    const states = [...series].filter(
      ([key, value]) => key.startsWith('drain_rollout_state') && value === 1,
    );
    expect(states).toHaveLength(2);
    const state = await answer.json();
    expect(state).toMatchObject({ v: 2, directors: [{ up: true, director: 'local' }] });
    expect(JSON.stringify(state)).toContain('"reason":"operator"');
    expect((await get(serve, '/state', 'wrong-token-wrong-token')).status).toBe(401);
    // One listing for both: they came at the same time.
    const calls = (await busyFake.calls()).slice(before);
    expect(calls).toHaveLength(1);
    for (const line of calls[0]?.stdin.trim().split('\n') ?? []) expect(line).toMatch(/^-L/);
  });

  it('follows a rollout of another process from running to held', async () => {
    await fake.reset(table);
    const state = ['--state', join(folder, 'followed')];
    const serve = await startServe(state, fake.env);
    const going = startDrain(
      [
        '--from',
        '10.0.0.1',
        '--to',
        '10.0.0.2',
        '--over',
        '20s',
        '--every',
        '1s',
        '--output',
        'json',
        ...state,
      ],
      fake.env,
    );
    const { rollout } = await going.event(
      (event) => event.type === 'step-applied' && event.step === 2,
    );
    const seen = async () => {
      const { series } = parseScrape(await (await fetch(`${serve.url}/metrics`)).text());
      const of = (name: string, label = '') =>
        series.get(`drain_rollout_${name}{rollout="${rollout}"${label === '' ? '' : `,${label}`}}`);
      return {
        moved: of('moved_ratio') ?? 0,
        running: of('state', 'state="running"'),
        held: of('state', 'state="held"'),
        old: [...series.keys()].filter((key) => /drain_rollout_server_info.*role="old"/.test(key)),
      };
    };
    const running = await seen();
    expect(running).toMatchObject({ running: 1, held: 0 });
    expect(running.moved).toBeGreaterThanOrEqual(0.1);
    expect(running.old).toHaveLength(1);
    going.signal('SIGTERM');
    expect((await going.ended).exitCode).toBe(143);
    await until(async () => (await seen()).held === 1);
    expect((await seen()).running).toBe(0);
    serve.signal('SIGTERM');
    expect(await serve.ended).toEqual({ exitCode: 143, stderr: '' });
  });

  it('goes on without a director, says so once, and is there again when it is', async () => {
    await fake.reset(table);
    await fake.setFaults({ of: 'calls', from: 0, to: 1, kind: 'fails' });
    const serve = await startServe(['--state', join(fake.folder, 'none')], fake.env);
    const up = async () =>
      parseScrape(await (await fetch(`${serve.url}/metrics`)).text()).series.get(
        'drain_director_up{director="local"}',
      );
    expect(await up()).toBe(0);
    await until(async () => (await up()) === 1);
    serve.signal('SIGTERM');
    const { stderr } = await serve.ended;
    expect(stderr.split('\n').filter((line) => line !== '')).toEqual([
      expect.stringContaining('drain_director_up is 0'),
      'drain: director local answers again',
    ]);
  });
});

describe.runIf(promtool)("drain serve in Prometheus's own eyes", () => {
  const check = (args: readonly string[], input = '') =>
    execa(promtool ?? '', args, { input, reject: false, all: true, cwd: monitoring });

  it('has metrics that promtool has nothing to say about', async () => {
    const serve = busy;
    const { all, exitCode } = await check(
      ['check', 'metrics'],
      await (await get(serve, '/metrics')).text(),
    );
    expect([exitCode, all]).toEqual([0, '']);
  });

  it('has alert rules that are sound, and fire when they should', async () => {
    expect((await check(['check', 'rules', '--lint-fatal', 'alerts.yml'])).exitCode).toBe(0);
    const tested = await check(['test', 'rules', 'alerts.test.yml']);
    expect([tested.exitCode, tested.all]).toEqual([0, expect.stringContaining('SUCCESS')]);
    const rules = await readFile(join(monitoring, 'alerts.yml'), 'utf8');
    const tests = await readFile(join(monitoring, 'alerts.test.yml'), 'utf8');
    for (const [, alert = ''] of rules.matchAll(/- alert: (\w+)/g)) expect(tests).toContain(alert);
  });

  it('gives a real Prometheus its values, token and all', async () => {
    const serve = busy;
    const started = await startPrometheus({ target: new URL(serve.url).host, token });
    if (started.kind === 'unavailable') throw new Error(started.reason);
    const { prometheus } = started;
    const query = async (expression: string) => {
      const url = `${prometheus.url}/api/v1/query?query=${encodeURIComponent(expression)}`;
      const answer = await fetch(url).catch(() => undefined);
      if (!answer?.ok) return [];
      const { data } = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      return data.result.map(({ metric, value }) => [
        metric.server ?? metric.remote_address,
        value[1],
      ]);
    };
    try {
      await until(async () => (await query('drain_up')).length > 0);
      expect(await query('up{job="drain"}')).toEqual([[undefined, '1']]);
      const weights = await query('sort_desc(node_ipvs_backend_weight)');
      expect(weights).toEqual([
        ['10.0.0.2', '4'],
        ['10.0.0.4', '2'],
        ['10.0.0.3', '0'],
      ]);
      const joined =
        'node_ipvs_backend_weight * on (instance, local_address, local_port, local_mark, proto, remote_address, remote_port) group_left (service, server) drain_server_info{service="tcp/10.0.0.101:80"}';
      expect(await query(joined)).toEqual([['10.0.0.4:80', '2']]);
      // No alert has lost its metric, and every panel finds what it asks for, as far as there is any.
      for (const expression of await expressions()) {
        const url = `${prometheus.url}/api/v1/query?query=${encodeURIComponent(expression)}`;
        const answer = (await (await fetch(url)).json()) as { status: string; error?: string };
        expect([answer.status, answer.error], expression).toEqual(['success', undefined]);
      }
    } finally {
      await prometheus.stop();
    }
  });
});

describe('monitoring files', () => {
  it('name no metric that there is none of', async () => {
    const names = await exportedNames();
    expect(names.size).toBeGreaterThan(50);
    const files = await Promise.all(
      ['alerts.yml', 'alerts.test.yml', 'grafana-dashboard.json'].map((file) =>
        readFile(join(monitoring, file), 'utf8'),
      ),
    );
    const used = files.flatMap((text) => text.match(/\b(?:drain|node)_[a-z_]+\b/g) ?? []);
    expect(new Set(used).size).toBeGreaterThan(25);
    const words = new Set(['drain_serve', 'drop_entry', 'drop_packet']);
    expect([...new Set(used)].filter((name) => !names.has(name) && !words.has(name))).toEqual([]);
  });
});

/** Of a scrape in which everything is: see test/support/views.ts. */
async function exportedNames(): Promise<ReadonlySet<string>> {
  const { fullView } = await import('../support/views.ts');
  const { fullGuardNow } = await import('../support/guard-now.ts');
  const { guardMetrics } = await import('../../src/guard/seen/guard-metrics.ts');
  const { createMetrics } = await import('../../src/serve/metrics/all-metrics.ts');
  const { createExposition } = await import('../../src/serve/metrics/exposition.ts');
  const metrics = createMetrics({ version: '0.1.0', node: '20' });
  const families = [...metrics(fullView()), ...guardMetrics(fullGuardNow())];
  return parseScrape(await createExposition().write(families)).names;
}
