import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { rateSeen } from '../support/kernel-hand-over.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { LabProcess } from '../support/lab/process.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:${nat.port}`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:8080 -m -w 1000`,
  `-a ${service} -r 10.0.2.13:8080 -m -w 1000`,
];
const stepped = (run: LabProcess, least: number) =>
  run.line(
    (text) => parseEvents(text).some((one) => one.type === 'step-applied' && one.step >= least),
    60_000,
  );

describeKernel('a held rollout', (lab) => {
  test('keeps its service, is worked around, and goes on after a reboot', async () => {
    const state = ['--state', `${lab.folder}/ways-out`];
    const run = (...args: readonly string[]) => lab.drain([...args, '--output', 'json', ...state]);
    await lab.setTable('--set 900 1 0', ...rules);
    const before = await lab.table();
    const load = await lab.clients.load({ ...nat, perSecond: 20 });
    await rateSeen(lab, '10.0.2.11:8080', 5);
    const ramp = ['--over', '24s', '--every', '3s', '--settle', '500ms'];
    const started = await lab.startDrain([
      ...['--from', '10.0.2.11', '--to', '10.0.2.12', ...ramp, '--output', 'json'],
      ...state,
    ]);
    await stepped(started, 2);
    await started.signal('SIGINT');
    expect(await started.ended).toMatchObject({ exitCode: 130 });
    const rollout = parseEvents(started.stdout.join('\n'))[0]?.rollout ?? '';
    const held = await lab.table();
    // Whatever scale the ramp had: the bystander has its weight from before, and so has the sum.
    expect(held.find((rule) => rule.includes('10.0.2.13'))).toMatch(/-w 1000$/);
    const weights = held.map((rule) => Number(/-w (\d+)$/.exec(rule)?.[1] ?? 0));
    expect(weights.reduce((a, b) => a + b, 0)).toBe(2_000);

    const second = await run('--from', '10.0.2.13', '--to', '10.0.2.14', ...ramp);
    expect(second.exitCode, second.stderr).toBe(6);
    for (const way of ['resume', 'rollback', 'abandon']) {
      expect(second.stderr).toContain(`drain ${way} ${rollout}`);
    }
    expect(await lab.table()).toEqual(held);

    const out = await run('out', '10.0.2.13');
    expect(out.exitCode, out.stderr).toBe(0);
    const back = await run('in', '10.0.2.13', '--over', '0s');
    expect(back.exitCode, back.stderr).toBe(0);
    expect(await lab.table()).toEqual(held);

    const failed = async (clients: typeof load) =>
      Object.keys(tally(await clients.stop())).filter((name) => name.startsWith('!'));
    // While a machine starts anew nobody is served.
    expect(await failed(load)).toEqual([]);
    // As ipvsadm.service restores it at boot.
    await lab.setTable(...before);
    const after = await lab.clients.load({ ...nat, perSecond: 20 });
    const resumed = await run('resume', rollout, '--over', '4s', '--on-timeout', 'remove');
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    const steps = parseEvents(resumed.stdout).flatMap((event) =>
      event.type === 'step-applied' ? [event.step] : [],
    );
    expect(steps[0]).toBe(0);
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
    expect(await failed(after)).toEqual([]);
  }, 180_000);
});
