import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPrng } from '../../src/ipvs/simulated/prng.ts';
import { parseEvents } from '../support/drain-command.ts';
import { pause, stepReached } from '../support/kernel-hand-over.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { LabProcess } from '../support/lab/process.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:8080 -m -w 100`,
  `-a ${service} -r 10.0.2.13:8080 -m -w 25`,
];
const ramp = ['--over', '12s', '--every', '1s', '--settle', '1s', '--output', 'json'];
const seed = Number(process.env.DRAIN_CHAOS_SEED ?? 1);

const rolloutOf = async (run: LabProcess): Promise<string> => {
  const line = await run.line((text) => text.includes('"step-applied"'), 30_000);
  return parseEvents(line)[0]?.rollout ?? '';
};

describeKernel('a rollout', (lab) => {
  const state = () => ['--state', join(lab.folder, 'state')];
  const start = () =>
    lab.startDrain(['--from', '10.0.2.11', '--to', '10.0.2.12', ...ramp, ...state()]);

  test(`that is killed eight times under traffic and resumed fails no request (seed ${seed})`, async () => {
    const prng = createPrng(seed);
    await lab.setTable(...rules);
    const load = await lab.clients.load({ ...nat, perSecond: 12 });
    const before = await lab.table();
    let run = await start();
    const rollout = await rolloutOf(run);
    for (let kills = 0; kills < 8; kills++) {
      await pause(prng.below(700));
      await run.signal('SIGKILL');
      await run.ended;
      run = await lab.startDrain(['resume', rollout, '--output', 'json', ...state()]);
      await run.line((text) => text.includes('"continued"') || text.includes('"finished"'), 30_000);
    }
    expect(await run.ended).toMatchObject({ exitCode: 0 });
    const exchanges = await load.stop();
    expect(Object.keys(tally(exchanges)).sort()).toEqual(['rs1', 'rs2', 'rs3']);
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
  }, 300_000);

  test('that is interrupted holds, can be seen, and goes back to the table from before', async () => {
    await lab.setTable(...rules);
    const load = await lab.clients.load({ ...nat, perSecond: 12 });
    const before = await lab.table();
    const run = await start();
    const rollout = await rolloutOf(run);
    await stepReached(run, 3);
    await run.signal('SIGINT');
    expect(await run.ended).toMatchObject({ exitCode: 130 });
    expect(run.stderr.join('\n')).toContain(`drain rollback ${rollout}`);
    const status = await lab.drain(['status', ...state()]);
    expect(status.stdout).toContain(`${rollout}  held`);
    const back = await lab.drain(['rollback', rollout, '--output', 'json', ...state()]);
    expect(back.stderr).toBe('');
    expect(back.exitCode).toBe(0);
    expect(await lab.table()).toEqual(before);
    expect(Object.keys(tally(await load.stop())).sort()).toEqual(['rs1', 'rs2', 'rs3']);
  }, 120_000);

  test('that runs is paused, continued and turned back from another terminal', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const run = await start();
    const rollout = await rolloutOf(run);
    const second = await lab.drain([
      '--from',
      '10.0.2.11',
      '--to',
      '10.0.2.14',
      ...ramp,
      ...state(),
    ]);
    expect(second.exitCode).toBe(6);
    expect(second.stderr).toContain(`in rollout ${rollout}`);
    await lab.drain(['pause', rollout, ...state()]);
    await run.line((text) => text.includes('"paused"'), 10_000);
    const paused = await lab.table();
    await pause(3_000);
    expect(await lab.table()).toEqual(paused);
    expect((await lab.drain(['status', ...state()])).stdout).toContain(`${rollout}  paused`);
    await lab.drain(['continue', rollout, ...state()]);
    await run.line((text) => text.includes('"continued"'), 10_000);
    await lab.drain(['rollback', rollout, ...state()]);
    expect(await run.ended).toMatchObject({ exitCode: 5 });
    expect(await lab.table()).toEqual(before);
  }, 120_000);

  test('that is done goes back as a ramp, and drains what it had added', async () => {
    await lab.setTable(...rules);
    const load = await lab.clients.load({ ...nat, perSecond: 12 });
    const before = await lab.table();
    const quick = ['--over', '2s', '--every', '1s', '--settle', '1s', '--output', 'json'];
    const there = await lab.drain([
      ...['--from', '10.0.2.11', '--to', '10.0.2.12', ...quick],
      ...state(),
    ]);
    expect(there.exitCode).toBe(0);
    const rollout = parseEvents(there.stdout)[0]?.rollout ?? '';
    const back = await lab.drain([
      ...['rollback', rollout, '--over', '6s', '--every', '1s', '--output', 'json'],
      ...state(),
    ]);
    expect(back.stderr).toBe('');
    expect(back.exitCode).toBe(0);
    const events = parseEvents(back.stdout);
    const shares = events.flatMap((event) => {
      if (event.type !== 'step-applied') return [];
      const { '10.0.2.11:8080': old = 0, '10.0.2.12:8080': added = 0 } = event.weights;
      return [old / (old + added)];
    });
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
    // Six steps, of which a busy machine may skip one at a time; weights are whole numbers.
    const gains = shares.slice(1).map((share, index) => share - (shares[index] ?? 0));
    expect(Math.min(...gains)).toBeGreaterThan(0);
    expect(Math.max(...gains)).toBeLessThan(2 / 6 + 0.1);
    const told = events.map(({ type }) => type);
    expect(told.indexOf('drained')).toBeLessThan(told.indexOf('removed'));
    expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'rolled-back', exitCode: 0 });
    expect(await lab.table()).toEqual(before);
    expect(Object.keys(tally(await load.stop())).sort()).toEqual(['rs1', 'rs2', 'rs3']);
  }, 120_000);
});
