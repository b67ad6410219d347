import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { pause, stepReached } from '../support/kernel-hand-over.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const address = virtualAddresses.v4.nat;
const service = `-t ${address}:80`;
const rules = [`-A ${service} -s wrr -p 60`, `-a ${service} -r 10.0.2.11:8080 -m -w 1`];

interface Line {
  readonly type: string;
  readonly severity?: string;
  readonly code?: string;
  readonly message?: string;
  readonly next?: string;
  readonly kind?: string;
  readonly ms?: number;
}

async function doctor(
  lab: Lab,
  args: readonly string[] = [],
  namespace?: string,
): Promise<readonly Line[]> {
  const options = namespace === undefined ? {} : { namespace };
  const run = await lab.drain(['doctor', '--output', 'json', ...args], options);
  expect(run.stderr).toBe('');
  return run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

const warnings = (lines: readonly Line[]) =>
  lines.flatMap(({ severity, code }) => (severity === 'warning' ? [code] : []));

describeKernel('drain doctor', (lab) => {
  test('knows kernel and ipvsadm, and reads the settings of its own namespace', async () => {
    await lab.setTable(...rules);
    const before = await doctor(lab);
    expect(warnings(before)).toEqual(['expire-quiescent-template-off']);
    const release = (await lab.run(['uname', '-r'])).stdout.trim();
    expect(before).toContainEqual(
      expect.objectContaining({ code: 'ip-vs', message: expect.stringContaining(release) }),
    );
    expect(before).toContainEqual(
      expect.objectContaining({ severity: 'ok', code: 'ipvsadm', message: 'ipvsadm is 1.31' }),
    );

    await lab.sysctl('director', 'net.ipv4.vs.conn_reuse_mode', 0);
    await lab.sysctl('director', 'net.ipv4.vs.expire_quiescent_template', 1);
    await lab.sysctl('director', 'net.ipv4.vs.run_estimation', 0);
    expect(warnings(await doctor(lab))).toEqual(['conn-reuse-mode-0', 'run-estimation-off']);
    expect(warnings(await doctor(lab, ['--on-timeout', 'remove']))).toContain(
      'expire-nodest-conn-off',
    );
  });

  test('reads the settings of the namespace that --ipvsadm leads to, and names commands for it', async () => {
    await lab.setTable(...rules);
    await lab.sysctl('director', 'net.ipv4.vs.conn_reuse_mode', 0);
    const found = await doctor(lab, ['--ipvsadm', 'ip netns exec director ipvsadm'], 'client');
    expect(warnings(found)).toEqual(['expire-quiescent-template-off', 'conn-reuse-mode-0']);
    expect(found.find(({ code }) => code === 'conn-reuse-mode-0')?.next).toContain(
      '`ip netns exec director sysctl -w net.ipv4.vs.conn_reuse_mode=1`',
    );
  });

  test('has a command in each warning that mends it', async () => {
    await lab.setTable(...rules);
    await lab.sysctl('director', 'net.ipv4.vs.conn_reuse_mode', 0);
    // Sets it back in the end, whatever the commands make of it.
    await lab.sysctl('director', 'net.ipv4.vs.expire_quiescent_template', 0);
    for (const { severity, next } of await doctor(lab)) {
      const [, command] = /`(sysctl -w [^`]+)`/.exec(next ?? '') ?? [];
      if (severity !== 'warning' || command === undefined) continue;
      expect(await lab.run(command.split(' '))).toMatchObject({ exitCode: 0 });
    }
    expect(warnings(await doctor(lab))).toEqual([]);
  });

  test('without root knows the module all the same, says how to become root, and ends with 3', async () => {
    const drop = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const run = await lab.run([
      ...drop,
      process.execPath,
      join(import.meta.dirname, '../../bin/drain.js'),
      'doctor',
    ]);
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toMatch(/sudo ipvsadm/);
    expect(run.stdout).toMatch(/^ok +ip_vs is in the kernel/m);
  });

  for (const [where, found] of [
    ['director', ['table-manager']],
    ['client', []],
  ] as const) {
    const claim = found.length > 0 ? 'warns of' : 'does not mind';
    test(`${claim} a keepalived in the ${where}'s namespace, plain and through a command`, async () => {
      await lab.setTable(`-A ${service} -s wrr`, `-a ${service} -r 10.0.2.11:8080 -m -w 1`);
      const conf = join(lab.folder, 'keepalived.conf');
      await lab.writeFile(conf, 'global_defs {\n  router_id lab\n}\n');
      const keepalived = await lab.spawn(
        ['keepalived', '--dont-fork', '--check', '--log-console', '--use-file', conf],
        { namespace: where },
      );
      await pause(1_000);
      try {
        expect(await lab.run(['pgrep', '-x', 'keepalived'])).toMatchObject({ exitCode: 0 });
        expect(warnings(await doctor(lab))).toEqual(found);
        const through = ['--ipvsadm', 'ip netns exec director ipvsadm'];
        expect(warnings(await doctor(lab, through, 'rs1'))).toEqual(found);
      } finally {
        await keepalived.kill();
      }
    });
  }

  test('and a rollout keep the scale of a keepalived: after a flap of a bystander shares are as due', async () => {
    const conf = join(lab.folder, 'keepalived.conf');
    const up = join(lab.folder, 'rs3-is-up');
    const state = ['--state', join(lab.folder, 'state')];
    const check = `MISC_CHECK { \n misc_path "/usr/bin/test -e ${up}" \n retry 0 \n }`;
    await lab.writeFile(up, '');
    await lab.writeFile(
      conf,
      `global_defs {\n  script_user root\n}
virtual_server ${address} 80 {
  delay_loop 1
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
  real_server 10.0.2.11 8080 {\n weight 100\n }
  real_server 10.0.2.13 8080 {\n weight 100\n ${check}\n }
}\n`,
    );
    await lab.setTable();
    const keepalived = await lab.spawn([
      ...['keepalived', '--dont-fork', '--check', '--log-console', '--use-file', conf],
    ]);
    const weights = async () =>
      (await lab.table())
        .flatMap((rule) => /-r (\S+):8080 .*-w (\d+)/.exec(rule)?.slice(1).join(' ') ?? [])
        .sort();
    const shown = (...expected: readonly string[]) =>
      expect.poll(weights, { timeout: 60_000, interval: 200 }).toEqual(expected);
    try {
      await shown('10.0.2.11 100', '10.0.2.13 100');
      const run = await lab.startDrain([
        ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--steps', '50,100', '--every', '10s'],
        ...['--output', 'json', ...state],
      ]);
      const line = await stepReached(run, 1);
      const rollout = parseEvents(line)[0]?.rollout ?? '';
      expect(await lab.drain(['pause', rollout, ...state])).toMatchObject({ exitCode: 0 });
      await lab.run(['rm', up]);
      await shown('10.0.2.11 50', '10.0.2.12 50');
      await lab.writeFile(up, '');
      await shown('10.0.2.11 50', '10.0.2.12 50', '10.0.2.13 100');
      const load = await lab.clients.load({ address, port: 80, perSecond: 40, seconds: 5 });
      const answered = tally(await load.finished());
      expect(Object.keys(answered).sort()).toEqual(['rs1', 'rs2', 'rs3']);
      const total = Object.values(answered).reduce((a, b) => a + b, 0);
      expect(Math.abs((answered.rs3 ?? 0) - total / 2)).toBeLessThanOrEqual(total / 10);
      await run.signal('SIGINT');
      expect(await run.ended).toMatchObject({ exitCode: 130 });
      const warned = parseEvents(run.stdout.join('\n')).flatMap((event) =>
        event.type === 'warning' ? [event.code] : [],
      );
      expect(warned).toContain('table-manager');
      expect(warned).not.toContain('managed-weights-coarse');
    } finally {
      await keepalived.kill();
    }
  }, 180_000);

  test('estimates the drain of steady short connections within a factor of three', async () => {
    await lab.setTable(`-A ${service} -s wrr`, `-a ${service} -r 10.0.2.11:8080 -m -w 1`);
    const to = { address, port: 80, timeoutMs: 30_000, perSecond: 2 };
    const loads = await Promise.all(
      [1, 2, 3, 5, 8].map((seconds) =>
        lab.clients.load({ ...to, path: `/stream?seconds=${seconds}` }),
      ),
    );
    // The kernel's estimate of the rate needs as long to settle.
    await pause(16_000);
    const handOver = [
      ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '4s', '--every', '1s'],
      ...['--settle', '1s', '--output', 'json'],
    ];
    const estimate = (await doctor(lab, handOver)).find(({ type }) => type === 'estimate');
    const run = await lab.drain(handOver, { timeoutMs: 120_000 });
    await Promise.all(loads.map((load) => load.stop()));
    expect(run.exitCode).toBe(0);
    const drained = parseEvents(run.stdout).find((event) => event.type === 'drained');
    const measuredMs = drained?.type === 'drained' ? drained.afterMs : Number.NaN;
    expect(estimate?.kind).toBe('about');
    const ratio = (estimate?.ms ?? Number.NaN) / measuredMs;
    expect(ratio).toBeGreaterThan(1 / 3);
    expect(ratio).toBeLessThan(3);
  }, 120_000);
});
