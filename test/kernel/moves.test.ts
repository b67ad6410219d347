import { expect, test } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { parseEvents } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { failures, handOver } from '../support/kernel-hand-over.ts';
import { type Exchange, tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';
import { timedSteps } from '../support/step-times.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:${nat.port}`;
const key = `tcp/${nat.address}:${nat.port}`;
const names: Readonly<Record<string, string>> = {
  '10.0.2.11:8080': 'rs1',
  '10.0.2.12:8080': 'rs2',
  '10.0.2.13:8080': 'rs3',
};
const [rs1, rs2, rs3] = ['10.0.2.11', '10.0.2.12', '10.0.2.13'] as const;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r ${rs1}:8080 -m -w 100`,
  `-a ${service} -r ${rs3}:8080 -m -w 50`,
];
const weightsIn = (rows: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    rows.flatMap((row) => {
      const [, server, weight] = / -r (\S+?):8080 .*-w (\d+)/.exec(row) ?? [];
      return server === undefined ? [] : [[server, Number(weight)]];
    }),
  );

/** Expects each step's share of each server: within one connection of the plan, and one at each end of its time. */
function expectShares(events: readonly DrainEvent[], exchanges: readonly Exchange[]): void {
  const steps = timedSteps(events);
  steps.slice(0, -1).forEach(({ event: step }, index) => {
    const fromMs = Date.parse(step.at);
    const untilMs = steps[index + 1]?.begunMs ?? fromMs;
    const delivered = exchanges.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
    const weights = Object.values(step.weights);
    const total = weights.reduce((a, b) => a + b, 0);
    for (const [server, weight] of Object.entries(step.weights)) {
      const got = delivered.filter((exchange) => exchange.server === names[server]).length;
      const wanted = (delivered.length * weight) / total;
      const told = `step ${step.step} ${server} ${got}/${wanted.toFixed(1)}`;
      // No single clock tells when a request is before an edit, or behind it.
      expect(Math.abs(got - wanted), told).toBeLessThanOrEqual(1 + 2);
    }
  });
}

describeKernel('weights that move with nobody to hand over', (lab) => {
  test('a server that is added at 200 connections a second gets the share of each step', async () => {
    const done = await handOver(lab, {
      ...{ rules, target: nat, perSecond: 200, warmUpMs: 12_000 },
      args: ['add', rs2, '--service', key, '--over', '6s', '--every', '1s'],
    });
    expect(done.exitCode, done.stderr).toBe(0);
    expect(failures(done)).toEqual([]);
    expect(weightsIn(done.after)).toEqual({ [rs1]: 100, [rs2]: 75, [rs3]: 50 });
    expectShares(done.events, done.exchanges);
    const [planned] = done.events.flatMap((event) => (event.type === 'planned' ? [event] : []));
    expect(planned).toMatchObject({ move: 'add', from: [], to: [`${rs2}:8080`] });
  }, 120_000);

  test('a weight goes down and up under traffic, by steps and at once, and nobody is refused', async () => {
    await lab.setTable(...rules);
    const load = await lab.clients.load({ ...nat, perSecond: 50 });
    const weight = async (...args: readonly string[]) => {
      const run = await lab.drain(['weight', ...args, '--output', 'json']);
      expect(run.exitCode, run.stderr).toBe(0);
      return parseEvents(run.stdout);
    };
    await weight(`${rs1}=20`, '--over', '2s', '--every', '500ms');
    expect(weightsIn(await lab.table())).toEqual({ [rs1]: 20, [rs3]: 50 });
    await weight(`${rs1}=150`, '--over', '2s', '--every', '500ms');
    expect(weightsIn(await lab.table())).toEqual({ [rs1]: 150, [rs3]: 50 });
    const quiesced = await weight(`${rs3}=0`);
    expect(weightsIn(await lab.table())).toEqual({ [rs1]: 150, [rs3]: 0 });
    const last = await lab.drain(['weight', `${rs1}=0`, '--output', 'json']);
    expect(last.exitCode).toBe(3);
    const back = await lab.drain(['rollback', quiesced[0]?.rollout ?? '', '--output', 'json']);
    expect(back.exitCode, back.stderr).toBe(0);
    expect(weightsIn(await lab.table())).toEqual({ [rs1]: 150, [rs3]: 50 });
    const counts = tally(await load.stop());
    expect(Object.keys(counts).filter((name) => name.startsWith('!'))).toEqual([]);
  }, 120_000);

  test('10 % for now, then on, then all of it, and back by a gate that fails', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const load = await lab.clients.load({ ...nat, perSecond: 50 });
    const state = ['--state', `${lab.folder}/moves`, '--output', 'json'];
    const ramp = ['--over', '4s', '--every', '1s', '--settle', '500ms'];
    const until = await lab.drain([
      ...['--from', rs1, '--to', rs2, '--until', '10%', ...ramp, ...state],
    ]);
    expect(until.exitCode, until.stderr).toBe(0);
    expect(weightsIn(await lab.table())).toEqual({ [rs1]: 90, [rs2]: 10, [rs3]: 50 });
    const rollout = parseEvents(until.stdout)[0]?.rollout ?? '';
    const resumed = await lab.drain(['resume', rollout, '--until', '50%', ...state]);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(weightsIn(await lab.table())).toEqual({ [rs1]: 50, [rs2]: 50, [rs3]: 50 });
    const promoted = await lab.drain(['promote', rollout, ...state]);
    expect(promoted.exitCode, promoted.stderr).toBe(0);
    expect(weightsIn(await lab.table())).toEqual({ [rs2]: 100, [rs3]: 50 });
    expect(parseEvents(promoted.stdout).filter(({ type }) => type === 'warning')).toEqual([]);
    const back = await lab.drain(['rollback', rollout, '--settle', '500ms', ...state]);
    expect(back.exitCode, back.stderr).toBe(0);
    expect(await lab.table()).toEqual(before);

    const gate = ['--gate-command', `test ! -e ${lab.folder}/closed`];
    const second = await lab.drain([
      ...['--from', rs1, '--to', rs2, '--until', '25%', ...gate, ...ramp, ...state],
    ]);
    expect(second.exitCode, second.stderr).toBe(0);
    await lab.run(['touch', `${lab.folder}/closed`]);
    const failed = await lab.drain([
      ...['promote', parseEvents(second.stdout)[0]?.rollout ?? '', ...state],
    ]);
    expect(failed.exitCode, failed.stderr).toBe(5);
    await eventually(async () => expect(await lab.table()).toEqual(before));
    const counts = tally(await load.stop());
    expect(Object.keys(counts).filter((name) => name.startsWith('!'))).toEqual([]);
  }, 180_000);
});
