import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programOf, whyNot } from '../support/debian-packages.ts';
import { drain } from '../support/drain-command.ts';
import { eventually, until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { expressions } from '../support/monitoring-expressions.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { startDrain } from '../support/running-drain.ts';
import { type RunningServe, startServe } from '../support/running-serve.ts';
import { parseScrape } from '../support/scrape.ts';

const token = 'correct-horse-battery-staple';
const web = '-t 10.0.0.100:80';
const alike = `-A ${web} -s wrr
-a ${web} -r 10.0.0.1:80 -m -w 4 -x 100 -y 50
-a ${web} -r 10.0.0.3:80 -m -w 1
`;
const names = ['lb1', 'lb2'];

/** Two directors with one service alike, a rollout that is held on both, and a server out on lb1. */
let fakes: readonly FakeIpvsadm[];
let folder: string;
let serve: RunningServe;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-serve-fleet-'));
  const first = await buildFakeIpvsadm();
  fakes = [first, first.another('other')];
  for (const fake of fakes) await fake.reset(alike);
  const places = fakes.map(({ remote }) => ({ director: 'local', ipvsadm: remote }));
  const directors = Object.fromEntries(names.map((name, index) => [name, places[index]]));
  const config = join(folder, 'drain.yaml');
  await writeFile(config, JSON.stringify({ directors }));
  const shared = ['--config', config, '--state', join(folder, 'state')];
  const both = names.flatMap((name) => ['--director', name]);
  const rollout = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '30m'];
  const going = startDrain([...rollout, '--output', 'json', ...both, ...shared], {});
  for (const name of names) {
    await going.event((event) => event.type === 'step-applied' && event.director === name);
  }
  going.signal('SIGTERM');
  expect((await going.ended).exitCode).toBe(143);
  const out = ['out', '10.0.0.3', '--director', 'lb1', '--settle', '0s', ...shared];
  expect((await drain(out)).exitCode).toBe(0);
  serve = await startServe([...both, ...shared], { DRAIN_SERVE_TOKEN: token });
}, 120_000);
afterAll(async () => {
  serve.signal('SIGKILL');
  await serve.ended;
  await fakes[0]?.remove();
  await rm(folder, { recursive: true, force: true });
});

const get = async (path: string): Promise<string> =>
  (await fetch(serve.url + path, { headers: { Authorization: `Bearer ${token}` } })).text();
const scrape = async () => parseScrape(await get('/metrics')).series;

const prometheus = await programOf('prometheus', 'usr/bin/promtool').catch((error: unknown) => {
  if (process.env.DRAIN_REQUIRE_KERNEL === '1') throw error;
  process.stderr.write(
    `left out: several directors in Prometheus's own eyes, because ${whyNot(error)}\n`,
  );
  return undefined;
});

describe('drain serve over several directors', () => {
  it('has every table with its director, and the rollout once', async () => {
    const series = await scrape();
    for (const [director, out] of [
      ['lb1', 1],
      ['lb2', 0],
    ] as const) {
      const service = `director="${director}",service="tcp/10.0.0.100:80"`;
      expect(series.get(`drain_director_up{director="${director}"}`)).toBe(1);
      expect(series.get(`drain_service_servers{${service}}`)).toBe(3);
      expect(series.get(`drain_service_weighted_servers{${service}}`)).toBe(2 - out);
      expect(series.get(`drain_servers_out{director="${director}",reason="operator"}`)).toBe(out);
    }
    const named = (name: string) => [...series.keys()].filter((key) => key.startsWith(`${name}{`));
    expect(named('node_ipvs_backend_weight')).toHaveLength(6);
    // The one over both, and that of drain out.
    expect(named('drain_rollout_info')).toHaveLength(2);
    expect(named('drain_rollout_server_info')).toHaveLength(6);
  });

  it('tells the page each table by itself', async () => {
    const state = JSON.parse(await get('/state'));
    type Part = { director: string; up: boolean; services: { service: string }[] };
    const parts = (state.directors as Part[]).map(({ director, up, services }) => [
      director,
      up,
      ...services.map(({ service }) => service),
    ]);
    expect(state.v).toBe(2);
    expect(parts).toEqual(names.map((name) => [name, true, 'tcp/10.0.0.100:80']));
    const rollouts = (state.rollouts as { standing: string; services: Part[] }[]).map((one) => [
      one.standing,
      ...one.services.map(({ director }) => director),
    ]);
    expect(rollouts).toEqual([
      ['done', 'lb1'],
      ['held', ...names],
    ]);
    const reasons = state.directors.map((one: unknown) => JSON.stringify(one).includes('operator'));
    expect(reasons).toEqual([true, false]);
  });

  it.runIf(prometheus)('has metrics, alerts and panels that Prometheus can join', async () => {
    const args = ['check', 'metrics'];
    const { all, exitCode } = await execa(prometheus ?? '', args, {
      input: await get('/metrics'),
      reject: false,
      all: true,
    });
    expect([exitCode, all]).toEqual([0, '']);
    const started = await startPrometheus({ target: new URL(serve.url).host, token });
    if (started.kind === 'unavailable') throw new Error(started.reason);
    const ask = async (expression: string) => {
      const url = `${started.prometheus.url}/api/v1/query?query=${encodeURIComponent(expression)}`;
      const answer = await fetch(url).catch(() => undefined);
      return answer && answer.status !== 503
        ? ((await answer.json()) as Answer)
        : { status: 'silent' };
    };
    try {
      const seen = async () => (await ask('drain_rollout_server_info')).data?.result.length === 6;
      await until(seen);
      for (const expression of await expressions()) {
        const { status, error } = await ask(expression);
        expect([status, error], expression).toEqual(['success', undefined]);
      }
      const onOld = (await expressions()).find((one) => one.includes('role="old"')) ?? '';
      // Its series may come with the next scrape.
      await eventually(async () => {
        const found = (await ask(onOld)).data?.result.map(({ metric }) => metric.director);
        expect(found?.sort()).toEqual(names);
      });
    } finally {
      await started.prometheus.stop();
    }
  });

  it('shows one while the other fails, says which, and that it answers again', async () => {
    const [, lb2] = fakes;
    if (!lb2) throw new Error('there are two');
    await lb2.setFaults({ of: 'calls', from: 0, to: 1_000, kind: 'fails' });
    const up = async () => {
      const series = await scrape();
      const lines = [...series.keys()].filter((key) => key.startsWith('drain_server_info'));
      return [
        ...names.map((name) => series.get(`drain_director_up{director="${name}"}`)),
        lines.length,
      ];
    };
    await until(async () => (await up())[1] === 0);
    expect(await up()).toEqual([1, 0, 3]);
    const state = JSON.parse(await get('/state'));
    expect(state.directors).toMatchObject([
      { up: true },
      { director: 'lb2', up: false, services: [], error: expect.any(String) },
    ]);
    await lb2.setFaults();
    await until(async () => (await up())[1] === 1);
    serve.signal('SIGTERM');
    const { exitCode, stderr } = await serve.ended;
    expect(exitCode).toBe(143);
    expect(stderr.split('\n').filter((line) => line !== '')).toEqual([
      expect.stringMatching(/director lb2: .*drain_director_up is 0/),
      'drain: director lb2 answers again',
    ]);
  });
});

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly metric: Record<string, string> }[] };
}
