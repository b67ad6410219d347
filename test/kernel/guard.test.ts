import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GuardEvent } from '../../src/domain/events/guard-event.ts';
import { parseEvents } from '../support/drain-command.ts';
import { pause } from '../support/kernel-hand-over.ts';
import { type Exchange, tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { LabProcess } from '../support/lab/process.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;
const intervalMs = 300;
const fall = 3;
/**
 * A listing and an edit: two processes of 100 ms here, and of far more on a busy host. That `fall`
 * intervals are enough is proven to the millisecond in guard-health.test.ts.
 */
const editMs = 2_500;
/** A server of our own, which can be killed: the lab's own ones serve other tests too. */
const own = '10.0.2.11:9000';
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r ${own} -m -w 100`,
  `-a ${service} -r 10.0.2.12:8080 -m -w 100`,
  `-a ${service} -r 10.0.2.13:8080 -m -w 100`,
];
const serverScript = `require('node:http').createServer((_, answer) => answer.end('rs1\\n'))
  .listen(9000, () => console.log('ready'))`;
/** A stopwatch inside the lab: what a bare timer there is late, the host took. */
const stopwatchScript = `
  const tickMs = 20;
  const startedMs = performance.now();
  let [tickedMs, lateMs] = [startedMs, 0];
  setInterval(() => {
    const nowMs = performance.now();
    lateMs += Math.max(0, nowMs - tickedMs - tickMs);
    tickedMs = nowMs;
  }, tickMs);
  process.on('SIGTERM', () => {
    console.log(Math.round(performance.now() - startedMs - lateMs));
    process.exit();
  });
  console.log('started');`;

type WeightSet = GuardEvent & { readonly type: 'weight-set' };
const guardEvents = (run: LabProcess): readonly GuardEvent[] =>
  parseEvents(run.stdout.join('\n')) as unknown as readonly GuardEvent[];
const weightSets = (run: LabProcess): readonly WeightSet[] =>
  guardEvents(run).filter((event): event is WeightSet => event.type === 'weight-set');

/**
 * No weight of a ramp comes before its time after `fromMs`. On a busy host a step may come so late that the next
 * one is due, and is left out: how many there are says nothing of the guard.
 */
function expectRamp(
  sets: readonly WeightSet[],
  weights: readonly number[],
  { fromMs, overMs }: { readonly fromMs: number; readonly overMs: number },
): void {
  const found = sets.map(({ to }) => to);
  expect(found).toEqual(weights.filter((weight) => found.includes(weight)));
  expect([found[0], found.at(-1)]).toEqual([weights[0], weights.at(-1)]);
  const stepMs = overMs / (weights.length - 1);
  for (const { at, to } of sets)
    expect(Date.parse(at) - fromMs).toBeGreaterThanOrEqual(stepMs * weights.indexOf(to));
}

/** When the guard last said so of a server, or of the file that is named after it. */
const saidMs = (run: LabProcess, type: GuardEvent['type']): number =>
  Date.parse(guardEvents(run).findLast((event) => event.type === type)?.at ?? '');

/** Names of who answered: a datagram holds the port of its flow until it is answered, so that the next may not get out. */
const answeredBy = (exchanges: readonly Exchange[]): readonly string[] =>
  Object.keys(tally(exchanges.filter(({ error }) => error !== 'EADDRINUSE')));

describeKernel('drain guard', (lab) => {
  let guards = 0;
  const setUp = async ({
    rampUp = '4s',
    check = 'http://{address}:{port}/healthz',
    clients = 'stay',
    services = [`tcp/${nat.address}:80`],
  } = {}) => {
    const folder = join(lab.folder, `guard-${++guards}`);
    const file = join(folder, 'guard.yaml');
    const out = join(folder, 'out.d');
    await lab.run(['mkdir', '-p', out]);
    const write = (ramp: string) =>
      lab.writeFile(
        file,
        `maintenance: ${out}
poll: 1s
defaults: { interval: ${intervalMs}ms, timeout: 300ms, rise: 2, fall: ${fall}, rampUp: ${ramp}, clients: ${clients} }
services:
${services.map((one) => `  - { service: '${one}', check: '${check}' }`).join('\n')}
`,
      );
    await write(rampUp);
    const state = ['--state', join(folder, 'state')];
    const start = async () => {
      const run = await lab.startDrain(['guard', file, '--output', 'json', ...state]);
      await run.line((line) => line.includes('guard-started'), 30_000);
      return run;
    };
    return { file, out, state, start, write };
  };
  const startOwn = async (namespace = 'rs1') => {
    const run = await lab.spawn([process.execPath, '-e', serverScript], { namespace });
    await run.line((line) => line === 'ready');
    return run;
  };
  const startStopwatch = async () => {
    const run = await lab.spawn([process.execPath, '-e', stopwatchScript]);
    await run.line((line) => line === 'started');
    return {
      async stopMs() {
        await run.signal('SIGTERM');
        await run.ended;
        return Number(run.stdout.at(-1));
      },
    };
  };
  const setTo = (run: LabProcess, server: string, to: number) =>
    run.line(
      (line) =>
        line.includes('"weight-set"') &&
        line.includes(`"${server}"`) &&
        line.includes(`"to":${to},`),
    );
  const behave = async (mode: 'ok' | 'error' | 'hang' | 'reset', servers: readonly number[]) => {
    for (const server of servers) await lab.servers[server - 1]?.behave(mode, { path: '/healthz' });
  };
  const said = (run: LabProcess, type: string) =>
    run.line((line) => line.includes(`"type":"${type}"`), 20_000);

  test('a killed server is at 0 within `fall` intervals under traffic, and comes back as a ramp', async () => {
    const { start } = await setUp();
    await lab.setTable(...rules);
    const before = await lab.table();
    const server = await startOwn();
    const run = await start();
    const load = await lab.clients.load({ ...nat, perSecond: 12 });
    await pause(4 * intervalMs);

    const stopwatch = await startStopwatch();
    await server.kill();
    await setTo(run, own, 0);
    const tookMs = await stopwatch.stopMs();
    expect(tookMs).toBeLessThan(fall * intervalMs + editMs);
    expect(await lab.table()).toEqual(
      before.map((rule) => (rule.includes(own) ? rule.replace('-w 100', '-w 0') : rule)),
    );

    await pause(1_000);
    await startOwn();
    await setTo(run, own, 100);
    const ramp = weightSets(run).slice(1);
    // The first edit is said when it is made, and may have taken long: its ramp began after this.
    const fromMs = saidMs(run, 'server-up');
    expectRamp(ramp, [1, 25, 50, 75, 100], { fromMs, overMs: 4_000 });
    const rampMs = Date.parse(ramp.at(-1)?.at ?? '') - fromMs;
    expect(await lab.table()).toEqual(before);

    const [out] = weightSets(run);
    const exchanges = await load.stop();
    const afterwards = exchanges.filter(({ atMs }) => atMs > Date.parse(out?.at ?? ''));
    expect(Object.keys(tally(afterwards)).sort()).toEqual(['rs1', 'rs2', 'rs3']);
    const refused = exchanges.filter(({ error }) => error !== undefined).length;
    process.stdout.write(
      `guard: weight 0 ${tookMs} ms after the kill (fall x interval is ${fall * intervalMs} ms), ${refused} of ${exchanges.length} clients refused until then; ramp of 4 s took ${rampMs} ms\n`,
    );
    await run.signal('SIGTERM');
    expect(await run.ended).toMatchObject({ exitCode: 143 });
    expect(await lab.table()).toEqual(before);
  }, 60_000);

  test('all servers killed keep the weights that they had', async () => {
    const { start } = await setUp();
    const owns = ['10.0.2.11:9000', '10.0.2.12:9000', '10.0.2.13:9000'];
    await lab.setTable(
      `-A ${service} -s wrr`,
      ...owns.map((server, i) => `-a ${service} -r ${server} -m -w ${i + 5}`),
    );
    const before = await lab.table();
    const servers = await Promise.all(['rs1', 'rs2', 'rs3'].map(startOwn));
    const run = await start();
    await pause(4 * intervalMs);
    await Promise.all(servers.map((server) => server.kill()));
    await said(run, 'weights-kept');
    await pause(4 * fall * intervalMs);
    expect(weightSets(run)).toEqual([]);
    expect(await lab.table()).toEqual(before);
  }, 60_000);

  test('a server that answers with errors, hangs or resets is out; one that flaps is damped; all of them keep their weights', async () => {
    const { start } = await setUp({ rampUp: '0s' });
    await lab.setTable(...rules.map((rule) => rule.replace(own, '10.0.2.11:8080')));
    const before = await lab.table();
    const run = await start();
    await pause(4 * intervalMs);
    const tookMs: Record<string, number> = {};
    for (const [mode, n] of [
      ['error', 1],
      ['hang', 2],
      ['reset', 3],
    ] as const) {
      const server = `10.0.2.1${n}:8080`;
      const stopwatch = await startStopwatch();
      await behave(mode, [n]);
      await setTo(run, server, 0);
      tookMs[mode] = await stopwatch.stopMs();
      await behave('ok', [n]);
      await setTo(run, server, 100);
    }
    process.stdout.write(`guard: weight 0 after ${JSON.stringify(tookMs)} ms\n`);
    for (const ms of Object.values(tookMs))
      expect(ms).toBeLessThan(fall * intervalMs + 300 + editMs);
    expect(await lab.table()).toEqual(before);

    const edits = weightSets(run).length;
    await behave('error', [1, 2, 3]);
    await said(run, 'weights-kept');
    await pause(6 * intervalMs);
    expect(await lab.table()).toEqual(before);
    await behave('ok', [1, 2, 3]);
    await said(run, 'alive-again');
    await pause(4 * intervalMs);
    expect(await lab.table()).toEqual(before);
    expect(weightSets(run)).toHaveLength(edits);
    expect(guardEvents(run).filter(({ type }) => type === 'weights-kept')).toHaveLength(1);

    // 1.2 s bad and 1.2 s good, four times over: undamped that would be four falls.
    for (let i = 0; i < 4; i++) {
      await behave('error', [1]);
      await pause(4 * intervalMs);
      await behave('ok', [1]);
      await pause(4 * intervalMs);
    }
    const falls = weightSets(run)
      .slice(edits)
      .filter(({ to }) => to === 0).length;
    process.stdout.write(`guard: ${falls} falls in 4 flaps\n`);
    expect(falls).toBeGreaterThanOrEqual(1);
    expect(falls).toBeLessThanOrEqual(2);
  }, 60_000);

  test('it keeps its state over a kill -9, reloads at SIGHUP, and minds the maintenance folder', async () => {
    const { start, write, file, out, state } = await setUp({ rampUp: '0s' });
    await lab.setTable(...rules.map((rule) => rule.replace(own, '10.0.2.11:8080')));
    const before = await lab.table();
    const first = await start();
    await pause(3 * intervalMs);
    await behave('error', [1]);
    await setTo(first, '10.0.2.11:8080', 0);
    await first.signal('SIGKILL');
    await first.ended;
    await behave('ok', [1]);
    const run = await start();
    await setTo(run, '10.0.2.11:8080', 100);
    expect(weightSets(run)).toMatchObject([{ from: 0, to: 100, reason: 'ramp' }]);
    expect(await lab.table()).toEqual(before);

    const second = await lab.drain(['guard', file, ...state]);
    expect(second.stderr).toMatch(/another guard looks after tcp\/10\.0\.1\.100:80 already/);
    expect(second.exitCode).toBe(6);

    await lab.writeFile(file, 'services: []\n');
    await run.signal('SIGHUP');
    expect(await said(run, 'reload-refused')).toContain('guard.yaml:1:11');
    await write('3s');
    await run.signal('SIGHUP');
    await said(run, 'reloaded');

    await lab.writeFile(join(out, '10.0.2.12'), '');
    await setTo(run, '10.0.2.12:8080', 0);
    await behave('error', [2]);
    await pause(5 * intervalMs);
    await behave('ok', [2]);
    await pause(5 * intervalMs);
    expect((await lab.table()).join('\n')).toContain('10.0.2.12:8080 -m -w 0');
    await lab.run(['rm', join(out, '10.0.2.12')]);
    await setTo(run, '10.0.2.12:8080', 100);
    const ramp = weightSets(run).filter(
      ({ reason, server }) => reason === 'ramp' && server.startsWith('10.0.2.12'),
    );
    expectRamp(ramp, [1, 34, 67, 100], { fromMs: saidMs(run, 'maintenance-off'), overMs: 3_000 });
    expect(await lab.table()).toEqual(before);
  }, 60_000);

  test('clients of a persistent service leave a server that dies, where they are to move', async () => {
    const { start } = await setUp({ rampUp: '0s', clients: 'move' });
    await lab.setTable(
      `-A ${service} -s wrr -p 300`,
      `-a ${service} -r 10.0.2.11:8080 -m -w 100 -x 900 -y 800`,
      `-a ${service} -r 10.0.2.12:8080 -m -w 100 -x 900 -y 800`,
    );
    const before = await lab.table();
    const thresholds = async () =>
      (await lab.ipvsadm(['-Ln', '--thresholds'])).stdout.match(/10\.0\.2\.1\d:8080 +\d+ +\d+/g);
    const limits = await thresholds();
    const run = await start();
    const load = await lab.clients.load({ ...nat, perSecond: 10 });
    await pause(4 * intervalMs);
    const [dead = '', ...others] = Object.keys(tally(await load.take()));
    expect(others).toEqual([]);
    // Its health only: a client that stays is still answered, and so is seen.
    await behave('error', [dead === 'rs1' ? 1 : 2]);
    const moved = parseEvents(await said(run, 'clients-moved'))[0];
    expect(moved).toMatchObject({ left: 0 });
    await pause(1_000);
    const exchanges = await load.stop();
    const after = exchanges.filter(({ atMs }) => atMs > Date.parse(moved?.at ?? ''));
    expect(Object.keys(tally(after))).toEqual([dead === 'rs1' ? 'rs2' : 'rs1']);
    const own = dead === 'rs1' ? '10.0.2.11' : '10.0.2.12';
    const due = before.map((rule) => (rule.includes(own) ? rule.replace('-w 100', '-w 0') : rule));
    expect([...(await lab.table())].sort()).toEqual([...due].sort());
    expect((await thresholds())?.sort()).toEqual(limits?.sort());
    expect((await lab.readFile('/proc/sys/net/ipv4/vs/expire_nodest_conn')).trim()).toBe('0');
  }, 60_000);

  test('UDP flows leave a server that dies, persistent or not, where they are to move', async () => {
    const [plain, sticky] = [53, 123].map((port) => ({ ...nat, port, protocol: 'udp' as const }));
    const check = 'http://{address}:8080/healthz';
    const { start } = await setUp({
      ...{ rampUp: '0s', clients: 'move', check },
      services: [`udp/${nat.address}:53`, `udp/${nat.address}:123`],
    });
    const serversOf = (port: number, weight: number) => [
      `-a -u ${nat.address}:${port} -r 10.0.2.11:${port} -m -w 100`,
      `-a -u ${nat.address}:${port} -r 10.0.2.12:${port} -m -w ${weight}`,
    ];
    await lab.setTable(
      ...[`-A -u ${nat.address}:53 -s wrr`, ...serversOf(53, 0)],
      ...[`-A -u ${nat.address}:123 -s wrr -p 300`, ...serversOf(123, 0)],
    );
    // One flow each: the kernel keeps it with its server for 300 s after its last datagram.
    const flows = await Promise.all([
      lab.clients.load({ ...(plain ?? nat), perSecond: 5, sourcePort: 7_053, timeoutMs: 1_000 }),
      lab.clients.load({ ...(sticky ?? nat), perSecond: 5, sourcePort: 7_123, timeoutMs: 1_000 }),
    ]);
    await pause(1_000);
    for (const port of [53, 123]) {
      await lab.ipvsadm(`-e -u ${nat.address}:${port} -r 10.0.2.12:${port} -m -w 100`.split(' '));
    }
    const run = await start();
    for (const flow of flows) expect(answeredBy(await flow.take())).toEqual(['rs1']);
    // Its health only: a flow that stays is still answered, and so is seen.
    await behave('error', [1]);
    await run.line((line) => line.includes('"clients-moved"') && line.includes(':53"'), 20_000);
    await run.line((line) => line.includes('"clients-moved"') && line.includes(':123"'), 20_000);
    const moved = guardEvents(run).filter(({ type }) => type === 'clients-moved');
    expect(moved).toMatchObject([{ left: 0 }, { left: 0 }]);
    const lastMs = Math.max(...moved.map(({ at }) => Date.parse(at)));
    await pause(1_500);
    for (const flow of flows) {
      const after = (await flow.stop()).filter(({ atMs }) => atMs > lastMs);
      expect(after.length).toBeGreaterThan(0);
      expect(answeredBy(after)).toEqual(['rs2']);
    }
    await behave('ok', [1]);
    expect((await lab.readFile('/proc/sys/net/ipv4/vs/expire_nodest_conn')).trim()).toBe('0');
  }, 60_000);

  test('it leaves a service in a rollout alone, and neither disturbs the other', async () => {
    const { start, state } = await setUp();
    await lab.setTable(...rules.map((rule) => rule.replace(own, '10.0.2.11:8080')));
    const load = await lab.clients.load({ ...nat, perSecond: 12 });
    const run = await start();
    await pause(3 * intervalMs);
    const rollout = await lab.startDrain([
      ...['--from', '10.0.2.13', '--to', '10.0.2.14', '--over', '3s', '--every', '1s'],
      ...['--settle', '1s', '--on-timeout', 'remove', '--drain-timeout', '2s', '--output', 'json'],
      ...state,
    ]);
    await said(run, 'left-to-rollout');
    await behave('error', [1]);
    await run.line((line) => line.includes('"server-down"'));
    await pause(3 * intervalMs);
    expect(
      (await lab.table()).filter(
        (rule) => rule.includes('10.0.2.11:8080') && rule.endsWith('-w 0'),
      ),
    ).toEqual([]);
    expect(await rollout.ended).toMatchObject({ exitCode: 0 });
    await said(run, 'guarded-again');
    await setTo(run, '10.0.2.11:8080', 0);
    expect(
      parseEvents(rollout.stdout.join('\n')).filter(({ type }) => type === 'drift-detected'),
    ).toEqual([]);
    const table = await lab.table();
    expect(table).toHaveLength(4);
    expect(table.join('\n')).toContain('10.0.2.14:8080 -m -w 100');
    expect(Object.keys(tally(await load.stop())).filter((name) => name.startsWith('!'))).toEqual(
      [],
    );
  }, 60_000);
});
