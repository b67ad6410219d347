import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { parseEvents } from '../support/drain-command.ts';
import { pause } from '../support/kernel-hand-over.ts';
import { type Exchange, tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import type { Behaviour } from '../support/lab/real-server.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:8080 -m -w 100`,
  `-a ${service} -r 10.0.2.13:8080 -m -w 25`,
];
const handOver = ['--from', '10.0.2.11', '--to', '10.0.2.12', '--settle', '1s', '--output', 'json'];
const health = ['--check', 'http://{address}:{port}/'];
/** `--check` asks every 3 s. */
const twoIntervalsMs = 6_000;

interface Broken {
  readonly exitCode: number | null;
  readonly events: readonly DrainEvent[];
  readonly exchanges: readonly Exchange[];
  readonly brokenAtMs: number;
  readonly stderr: string;
  readonly isSameTable: boolean;
}

/** A rollout under traffic whose new server stops serving when about 30 % have been moved. */
async function breakNewServer(lab: Lab, mode: Behaviour): Promise<Broken> {
  await lab.setTable(...rules);
  const before = await lab.table();
  const impatient = mode === 'hang' ? { timeoutMs: 2_000 } : {};
  const load = await lab.clients.load({ ...nat, perSecond: 20, ...impatient });
  const run = await lab.startDrain([
    ...handOver,
    ...health,
    ...['--over', '20s', '--every', '1s', '--state', join(lab.folder, 'state')],
  ]);
  // A step that a busy machine slept through is left out.
  await run.line((text) => /"step-applied".*"step":([6-9]|1\d),/.test(text), 40_000);
  const { stdout } = await lab.run(['date', '+%s%3N']);
  await lab.servers[1]?.behave(mode);
  const { exitCode } = await run.ended;
  await pause(1_000);
  const exchanges = await load.stop();
  return {
    exitCode,
    exchanges,
    events: parseEvents(run.stdout.join('\n')),
    brokenAtMs: Number(stdout),
    stderr: run.stderr.join('\n'),
    isSameTable: JSON.stringify(await lab.table()) === JSON.stringify(before),
  };
}

const timeOf = (events: readonly DrainEvent[], type: DrainEvent['type']): number =>
  Date.parse(events.find((event) => event.type === type)?.at ?? '');

/** It went back in time, and nobody but those who got the new server noticed anything. */
function expectGoneBack(broken: Broken, error: string): void {
  const { events, exchanges, brokenAtMs } = broken;
  const turnedAtMs = timeOf(events, 'rollback-started');
  // Its weight is 0 from then on.
  const quiescedAtMs = timeOf(events, 'quiesced');
  const errors = exchanges.filter((exchange) => exchange.error !== undefined);
  console.log(
    `${error}: going back ${turnedAtMs - brokenAtMs} ms after it broke, back ${quiescedAtMs - turnedAtMs} ms later, ${errors.length} of ${exchanges.length} requests failed`,
  );
  expect(broken.exitCode, broken.stderr).toBe(5);
  expect(broken.isSameTable).toBe(true);
  expect(turnedAtMs - brokenAtMs).toBeLessThanOrEqual(twoIntervalsMs);
  const rolledBack = events.find((event) => event.type === 'rolled-back');
  expect(rolledBack).toMatchObject({
    reason: expect.stringMatching(/^gate .* failed before step/),
  });
  expect(errors.length).toBeGreaterThan(0);
  expect(Object.keys(tally(errors))).toEqual([`!${error}`]);
  // Each of them began while the new server was broken and had weight.
  for (const { atMs } of errors) {
    expect(atMs).toBeGreaterThan(brokenAtMs - 100);
    expect(atMs).toBeLessThanOrEqual(quiescedAtMs);
  }
  expect(exchanges.some(({ atMs }) => atMs > quiescedAtMs)).toBe(true);
}

describeKernel('a rollout with gates', (lab) => {
  test('before the first step a new server has to take a connection', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const env = { DRAIN_NO_CHECK: '0' };
    const to = (key: string) => ['--from', '10.0.2.11:8080', '--to', key, '--over', '0s'];
    const json = ['--settle', '0s', '--output', 'json'];
    const refused = await lab.drain([...to('10.0.2.12:8099'), ...json], { env });
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain('check tcp 10.0.2.12:8099 failed: ');
    expect(await lab.table()).toEqual(before);
    const done = await lab.drain([...to('10.0.2.12:8080'), ...json], { env });
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
  });

  const state = () => ['--state', join(lab.folder, 'state')];

  test('goes back within two intervals when the new server starts to answer 500', async () => {
    const broken = await breakNewServer(lab, 'error');
    expectGoneBack(broken, '500');
    expect(broken.stderr).toContain('gate check http://10.0.2.12:8080/ failed before step');
    expect(broken.stderr).toContain('500 Internal Server Error');
  }, 90_000);

  test('goes back within two intervals when the new server hangs', async () => {
    expectGoneBack(await breakNewServer(lab, 'hang'), 'timeout');
  }, 90_000);

  test('waits at a manual step for drain continue from a second process', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const file = join(lab.folder, 'canary.yaml');
    const steps = '[20, {percent: 50, manual: true}, 100]';
    await lab.writeFile(
      file,
      `from: 10.0.2.11\nto: 10.0.2.12\nevery: 1s\nsettle: 1s\nsteps: ${steps}\ncheck: http://{address}:{port}/\n`,
    );
    const load = await lab.clients.load({ ...nat, perSecond: 10 });
    const run = await lab.startDrain(['apply', file, '--output', 'json', ...state()]);
    const [paused] = parseEvents(await run.line((text) => text.includes('"paused"'), 40_000));
    const rollout = paused?.rollout ?? '';
    expect(paused).toMatchObject({
      reason: 'step 2 of 3 (50 %) waits for somebody to continue it',
    });
    const atPause = await lab.table();
    expect(atPause).not.toEqual(before);
    await pause(3_000);
    const status = await lab.drain(['status', ...state()]);
    expect(status.stdout).toContain(`${rollout}  paused`);
    expect(status.stdout).toContain('waits at the manual step 2 of 3, 50 % moved');
    expect(status.stdout).toContain(`drain continue ${rollout}`);
    expect(await lab.table()).toEqual(atPause);
    expect(await lab.drain(['continue', rollout, ...state()])).toMatchObject({ exitCode: 0 });
    expect(await run.ended, run.stderr.join('\n')).toMatchObject({ exitCode: 0 });
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
    expect(Object.keys(tally(await load.stop())).sort()).toEqual(['rs1', 'rs2', 'rs3']);
  }, 90_000);

  test('says what a gate command said when it fails at a step', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const script = join(lab.folder, 'smoke.sh');
    await lab.writeFile(
      script,
      '[ "$DRAIN_STEP" -lt 3 ] && exit 0\necho warming up\necho "at $DRAIN_FRACTION of $DRAIN_TO: login answers 502" >&2\nexit 3\n',
    );
    const run = await lab.drain([
      ...handOver,
      ...['--over', '4s', '--every', '1s', '--gate-command', `sh ${script}`, ...state()],
    ]);
    expect(run.exitCode, run.stderr).toBe(5);
    expect(run.stderr).toContain(`gate-command sh ${script} failed before step 3 of 4`);
    expect(run.stderr).toContain(
      'exit code 3: warming up; at 0.5 of 10.0.2.12:8080: login answers 502',
    );
    expect(await lab.table()).toEqual(before);
  }, 90_000);
});
