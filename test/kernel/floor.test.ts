import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { until } from '../support/eventually.ts';
import { rateSeen, stepReached } from '../support/kernel-hand-over.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { LabProcess } from '../support/lab/process.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;
const serverOf = (n: number): string => `10.0.2.1${n}:8080`;

describeKernel('a floor of capacity', (lab) => {
  /** The weights of servers 1 to 4 as the kernel has them. */
  const weights = async (): Promise<readonly number[]> => {
    const rules = await lab.table();
    return [1, 2, 3, 4].map((n) => {
      const rule = rules.find((one) => one.includes(` ${serverOf(n)} `));
      return Number(/-w (\d+)/.exec(rule ?? '')?.[1]);
    });
  };
  const setTo = (run: LabProcess, server: string, to: number) =>
    run.line((line) =>
      ['"weight-set"', `"${server}"`, `"to":${to},`].every((part) => line.includes(part)),
    );

  test('is held while a guard takes a server, an operator asks for a second and a rollout has a third', async () => {
    const folder = join(lab.folder, 'floor');
    await lab.run(['mkdir', '-p', folder]);
    const guardFile = join(folder, 'guard.yaml');
    const config = join(folder, 'drain.yaml');
    await lab.writeFile(
      guardFile,
      `poll: 1s
defaults: { interval: 300ms, timeout: 300ms, rise: 2, fall: 3, rampUp: 1s }
services: [{ service: 'tcp/${nat.address}:80', check: 'http://{address}:{port}/healthz' }]
`,
    );
    await lab.writeFile(config, 'minServing: 3\n');
    const shared = ['--state', join(folder, 'state'), '--config', config];
    await lab.setTable(
      `-A ${service} -s wrr`,
      ...[1, 2, 3, 4].map((n) => `-a ${service} -r ${serverOf(n)} -m -w 100`),
    );
    const load = await lab.clients.load({ ...nat, perSecond: 12 });
    const guard = await lab.startDrain(['guard', guardFile, '--output', 'json', ...shared]);
    await guard.line((line) => line.includes('guard-started'), 30_000);

    // A ramp of the third begins while everybody is well, and is held on its way.
    await rateSeen(lab, `${nat.address}:80`, 8);
    const first = await lab.startDrain([
      ...['out', serverOf(3), '--over', '20s', '--every', '4s'],
      ...['--settle', '1s', '--output', 'json', ...shared],
    ]);
    await stepReached(first, 1);
    await first.signal('SIGINT');
    expect(await first.ended).toMatchObject({ exitCode: 130 });
    const half = await weights();
    const [whole = 0, , third = 0] = half;
    expect(half).toEqual([whole, whole, third, whole]);
    expect(third).toBeGreaterThan(0);
    expect(third).toBeLessThan(whole);
    await guard.line((line) => line.includes('"guarded-again"'), 20_000);

    // The guard takes one: three serve, as the floor has it.
    await lab.servers[0]?.behave('error', { path: '/healthz' });
    await setTo(guard, serverOf(1), 0);
    expect(await weights()).toEqual([0, ...half.slice(1)]);

    // The operator's second would leave two.
    const out = await lab.drain(['out', serverOf(2), ...shared]);
    expect(out.exitCode).toBe(3);
    expect(out.stderr).toContain('its floor is 3 of 4 servers (minServing: 3)');
    expect(out.stderr).toContain(`${serverOf(1)} (drain guard, its health check fails`);
    expect(await weights()).toEqual([0, ...half.slice(1)]);

    // The rest of the rollout waits for the first, and leaves it to the guard.
    const [id = ''] = parseEvents(first.stdout[0] ?? '').map(({ rollout }) => rollout);
    const second = await lab.startDrain([
      ...['resume', id, '--over', '3s', '--output', 'json', ...shared],
    ]);
    const said = () => second.stderr.join('\n');
    await until(() => said().includes('waits for floor'));
    expect(said()).toContain(`${serverOf(1)} (weight 0)`);
    expect(await weights()).toEqual([0, ...half.slice(1)]);

    await lab.servers[0]?.behave('ok', { path: '/healthz' });
    await setTo(guard, serverOf(1), whole);
    expect(await second.ended).toMatchObject({ exitCode: 0 });
    expect(await weights()).toEqual([100, 100, 0, 100]);

    // At the floor the guard leaves a server in that only its check calls down.
    await lab.servers[0]?.behave('error', { path: '/healthz' });
    await guard.line((line) => line.includes('"weights-kept"') && line.includes('min-serving'));
    expect(await weights()).toEqual([100, 100, 0, 100]);
    await lab.servers[0]?.behave('ok', { path: '/healthz' });

    const exchanges = await load.stop();
    expect(Object.keys(tally(exchanges)).filter((name) => name.startsWith('!'))).toEqual([]);
    process.stdout.write(`floor: ${exchanges.length} requests, none failed\n`);
    await guard.signal('SIGTERM');
    expect(await guard.ended).toMatchObject({ exitCode: 143 });
  }, 120_000);
});
