import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { pause } from '../support/kernel-hand-over.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const web = { address: virtualAddresses.v4.nat, port: 80 };
const dns = { address: virtualAddresses.v4.nat, port: 53, protocol: 'udp' } as const;
const rules = [
  '--set 900 3 3',
  `-A -t ${web.address}:80 -s wrr`,
  `-a -t ${web.address}:80 -r 10.0.2.11:8080 -m -w 4 -x 5000 -y 4000`,
  `-a -t ${web.address}:80 -r 10.0.2.12:8080 -m -w 3`,
  `-A -u ${dns.address}:53 -s wrr`,
  `-a -u ${dns.address}:53 -r 10.0.2.11:53 -m -w 7`,
  `-a -u ${dns.address}:53 -r 10.0.2.13:53 -m -w 2`,
];
const quick = ['--settle', '1s', '--output', 'json'];

describeKernel('maintenance of a server in two services, under traffic', (lab) => {
  test('takes it out and brings it back, called twice each time, and fails no request', async () => {
    const state = ['--state', join(lab.folder, 'maintenance')];
    const drain = async (...args: readonly string[]) => {
      const run = await lab.drain([...args, ...state]);
      expect(run.stderr).toBe('');
      expect(run.exitCode).toBe(0);
      return run.stdout;
    };
    await lab.setTable(...rules);
    const before = await lab.table();
    const loads = [
      await lab.clients.load({ ...web, perSecond: 15 }),
      await lab.clients.load({ ...dns, perSecond: 15 }),
    ];
    await pause(1_000);

    const out = parseEvents(await drain('out', '10.0.2.11', ...quick));
    const atZero = before.map((rule) => rule.replace(/(-r 10\.0\.2\.11:\d+ -m -w) \d+/, '$1 0'));
    expect(await lab.table()).toEqual(atZero);
    expect(out.filter(({ type }) => type === 'drained')).toHaveLength(2);
    expect((await drain('status', ...state)).match(/^out: 10\.0\.2\.11:/gm)).toHaveLength(2);
    await drain('out', '10.0.2.11', ...quick);
    expect(await lab.table()).toEqual(atZero);

    const back = parseEvents(
      await drain('in', '10.0.2.11', '--over', '5s', '--every', '1s', '--output', 'json'),
    );
    // A busy machine skips a step; a switch at once would have two in each service.
    expect(back.filter(({ type }) => type === 'step-applied').length).toBeGreaterThan(6);
    expect(await lab.table()).toEqual(before);
    await drain('in', '10.0.2.11', '--output', 'json');
    expect(await lab.table()).toEqual(before);
    const { stdout } = await lab.ipvsadm(['-Ln', '--thresholds']);
    expect(stdout).toMatch(/10\.0\.2\.11:8080 +5000 +4000 /);
    expect(await drain('status')).toBe(
      `no rollout is running or held in ${join(lab.folder, 'maintenance')}\n`,
    );

    await pause(1_000);
    const exchanges = await Promise.all(loads.map((load) => load.stop()));
    expect(exchanges.map((all) => Object.keys(tally(all)).sort())).toEqual([
      ['rs1', 'rs2'],
      ['rs1', 'rs3'],
    ]);
    // It has its share again.
    const late = exchanges.map((all) => tally(all.slice(-20)).rs1 ?? 0);
    expect(Math.min(...late)).toBeGreaterThan(5);
  });

  test('does not take out the last server of a service, unless it is forced', async () => {
    const state = ['--state', join(lab.folder, 'forced')];
    await lab.setTable(...rules.slice(0, 3));
    const before = await lab.table();
    const refused = await lab.drain(['out', '10.0.2.11', ...quick, ...state]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('--force');
    expect(await lab.table()).toEqual(before);
    const forced = await lab.drain(['out', '10.0.2.11', '--force', ...quick, ...state]);
    expect(forced).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('-w 4', '-w 0')));
    // Health first: nobody listens on that port of the address.
    const ill = await lab.drain([
      ...['in', '10.0.2.11', '--check', 'http://{address}:9/', '--check-timeout', '3s'],
      ...state,
    ]);
    expect(ill.exitCode).toBe(5);
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('-w 4', '-w 0')));
    const well = await lab.drain(['in', '10.0.2.11', '--check', 'tcp', '--over', '0s', ...state]);
    expect(well).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await lab.table()).toEqual(before);
  });
});
