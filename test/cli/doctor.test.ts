import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DrainRun, drain, fakeIpvsadm, withFolder } from '../support/drain-command.ts';

const notRoot = 'echo "Can\'t initialize ipvs: Permission denied (you must be root)" >&2; exit 2';

/** `drain doctor` on a simulated director of this scenario. */
const doctorOn = (scenario: string, args: readonly string[] = []) =>
  withFolder(async (folder) => {
    const file = join(folder, 'lab.yaml');
    await writeFile(file, scenario);
    return drain(['doctor', '--director', `sim:${file}`, ...args]);
  });

const lines = (run: DrainRun): readonly Record<string, unknown>[] =>
  run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const web = `
warmUp: 60s
table: |
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
traffic:
  - { service: 'tcp/10.0.0.100:80', perSecond: 50, life: 2s }
`;

describe('drain doctor', () => {
  it('finds nothing in the way on the demo, and estimates its drain', async () => {
    const run = await drain([
      'doctor',
      '--director',
      'sim',
      '--from',
      '10.0.0.1',
      '--to',
      '10.0.0.2',
    ]);
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^ok {7}IPVS answers; virtual services: 1, real servers: 2\n/);
    expect(run.stdout).toMatch(/tcp\/10\.0\.0\.100:80 10\.0\.0\.1:80: about \d+s/);
    expect(run.stdout).toMatch(/nothing stands in the way$/);
    expect(run.stdout).not.toMatch(/warning|error/);
  });

  it('prints for each finding what it means, and the command that mends it', async () => {
    const run = await doctorOn(
      `sysctl: { conn_reuse_mode: 0 }${web.replace('-s wrr', '-s wrr -p 300')}`,
    );
    expect(run.exitCode).toBe(0);
    const text = run.stdout.replace(/\s+/g, ' ');
    expect(text).toMatch(
      /warning tcp\/10\.0\.0\.100:80: it is persistent .*\(expire-quiescent-template-off\) → run `sysctl -w net\.ipv4\.vs\.expire_quiescent_template=1`/,
    );
    expect(text).toMatch(
      /\(conn-reuse-mode-0\) → run `sysctl -w net\.ipv4\.vs\.conn_reuse_mode=1`/,
    );
    expect(text).toMatch(/10\.0\.0\.1:80: 5m or longer/);
    expect(text).toMatch(/ 2 warnings$/);
    for (const line of run.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('says the same of a rollout that its preflight says', async () => {
    const scenario = `sysctl: { conn_reuse_mode: 0 }${web}`;
    const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--on-timeout', 'remove'];
    const doctor = await doctorOn(scenario, [...handOver, '--output', 'json']);
    const found = lines(doctor).filter(({ severity }) => severity === 'warning');
    const run = await withFolder(async (folder) => {
      const file = join(folder, 'lab.yaml');
      await writeFile(file, scenario);
      return drain([...handOver, '--director', `sim:${file}`, '--dry-run', '--output', 'json']);
    });
    const warned = run.events().filter(({ type }) => type === 'warning');
    expect(found.map(({ code }) => code)).toEqual(['conn-reuse-mode-0', 'expire-nodest-conn-off']);
    expect(warned).toMatchObject(found.map(({ code }) => ({ code })));
  });

  it('has its warnings before a compiled plan is carried out, too', () =>
    withFolder(async (folder) => {
      const [file, plan] = [join(folder, 'lab.yaml'), join(folder, 'plan.json')];
      await writeFile(file, `sysctl: { conn_reuse_mode: 0 }${web}`);
      const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--director', `sim:${file}`];
      await drain(['plan', ...handOver, '-o', plan]);
      const run = await drain(['apply', plan, '--dry-run', '--output', 'json']);
      expect(run.exitCode).toBe(0);
      expect(run.events().map((event) => ('code' in event ? event.code : event.type))).toEqual([
        'planned',
        'conn-reuse-mode-0',
        'finished',
      ]);
    }));

  it('prints one object a line with --output json: findings, estimates, the end', async () => {
    const run = await doctorOn(web, ['--output', 'json']);
    expect(run.exitCode).toBe(0);
    const all = lines(run);
    for (const line of all) {
      expect(line).toMatchObject({ v: 1, at: expect.any(String), director: 'sim' });
    }
    expect(all[0]).toMatchObject({ type: 'finding', severity: 'ok', code: 'ip-vs' });
    expect(all.at(-2)).toMatchObject({
      type: 'estimate',
      service: 'tcp/10.0.0.100:80',
      server: '10.0.0.1:80',
      kind: 'about',
      ms: expect.any(Number),
      openAtEnd: expect.any(Number),
      // Two seconds, as the traffic has it.
      meanLifeMs: expect.closeTo(2_000, -3),
    });
    expect(all.at(-1)).toMatchObject({ type: 'finished', exitCode: 0 });
  });

  it('ends with 3 where a service cannot be drained', async () => {
    const run = await doctorOn(web.replace('wrr', 'rr'));
    expect(run.exitCode).toBe(3);
    expect(run.stdout.replace(/\s+/g, ' ')).toMatch(
      /error .*rr does not share.*--set-scheduler wrr/,
    );
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'an unknown server',
      ['--from', '10.9.9.9', '--to', '10.0.0.2'],
      /10\.9\.9\.9 is a real server of no/,
    ],
    ['--from without --to', ['--from', '10.0.0.1'], /--to is missing/],
    ['a wrong duration', ['--over', 'soon'], /no duration/],
  ])('ends with 2 at %s', async (_, args, says) => {
    const run = await doctorOn(web, args);
    expect(run.exitCode).toBe(2);
    expect(`${run.stdout}${run.stderr}`.replace(/\s+/g, ' ')).toMatch(says);
  });
});

describe('drain doctor of a director that cannot be used', () => {
  const finding = async (script: string | undefined, args: readonly string[] = []) =>
    withFolder(async (folder) => {
      const env = script === undefined ? { PATH: '/nowhere' } : await fakeIpvsadm(folder, script);
      const run = await drain(['doctor', '--output', 'json', ...args], { env });
      expect(run.stderr).toBe('');
      return { exitCode: run.exitCode, found: lines(run) };
    });

  it('without ipvsadm says how to get it, with exit 3', async () => {
    const { exitCode, found } = await finding(undefined);
    expect(exitCode).toBe(3);
    expect(found).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        code: 'cannot-list',
        next: expect.stringContaining('apt install ipvsadm'),
      }),
    );
    expect(found.at(-1)).toMatchObject({ type: 'finished', exitCode: 3 });
  });

  it('without permission says how to get it, with exit 3, and knows the version all the same', async () => {
    const version = 'ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)';
    const { exitCode, found } = await finding(
      `[ "$1" = --version ] && { echo "${version}"; exit 0; }; ${notRoot}`,
    );
    expect(exitCode).toBe(3);
    expect(found).toContainEqual(
      expect.objectContaining({
        code: 'cannot-list',
        next: expect.stringContaining("--ipvsadm 'sudo ipvsadm'"),
      }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({ severity: 'ok', code: 'ipvsadm', message: 'ipvsadm is 1.31' }),
    );
  });

  it('without ip_vs says so once, with the command that loads it', async () => {
    const { exitCode, found } = await finding(
      'echo "Can\'t initialize ipvs: Protocol not available" >&2; exit 2',
    );
    expect(exitCode).toBe(3);
    const loading = found.filter(({ next }) => String(next).includes('modprobe ip_vs'));
    expect(loading).toHaveLength(1);
  });

  it('in words names the error, where and what to do, without a control character', async () => {
    const run = await withFolder(async (folder) =>
      drain(['doctor'], { env: await fakeIpvsadm(folder, 'head -c 9999 /dev/urandom') }),
    );
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toMatch(/^error {4}/m);
    expect(run.stdout).not.toMatch(/\p{Cc}(?<!\n)/u);
  });
});
