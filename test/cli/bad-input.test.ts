import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drain, fakeIpvsadm, withFolder } from '../support/drain-command.ts';

const table = `
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
  -a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 0
  -A -t 10.0.0.100:81 -s rr
  -a -t 10.0.0.100:81 -r 10.0.0.5:80 -m -w 1
  -A -t 10.0.0.100:82 -s mh
  -a -t 10.0.0.100:82 -r 10.0.0.6:80 -m -w 1
  -A -t 10.0.0.100:83 -s lc
  -a -t 10.0.0.100:83 -r 10.0.0.7:80 -m -w 1
  -A -t 10.0.0.100:84 -s sh
  -a -t 10.0.0.100:84 -r 10.0.0.8:80 -m -w 1
`;

/** Runs drain on a table of its own; the table is nobody's afterwards, so "nothing changed" is in the events. */
const refused = (args: readonly string[]) =>
  withFolder(async (folder) => {
    const file = join(folder, 'lab.yaml');
    await writeFile(file, `table: |${table}`);
    return drain([...args, '--director', `sim:${file}`, '--output', 'json'], { cwd: folder });
  });

const cases: readonly [claim: string, args: readonly string[], code: number, says: RegExp][] = [
  [
    'an unknown server',
    ['--from', '10.9.9.9', '--to', '10.0.0.2'],
    2,
    /10\.9\.9\.9 is a real server of no virtual service[\s\S]*10\.0\.0\.1:80/,
  ],
  [
    'an old server that is in no asked service',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--service', 'tcp/10.0.0.100:81'],
    2,
    /10\.0\.0\.1 is not a real server of tcp\/10\.0\.0\.100:81/,
  ],
  [
    'an unknown service',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--service', 'tcp/10.0.0.100:9'],
    2,
    /no virtual service tcp\/10\.0\.0\.100:9/,
  ],
  [
    'OLD equal to NEW',
    ['--from', '10.0.0.1', '--to', '10.0.0.1:80'],
    2,
    /both in --from and in --to/,
  ],
  [
    'a duration that is none',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '5 parsecs'],
    2,
    /--over[\s\S]*90s, 5m or 1h30m|90s, 5m or 1h30m[\s\S]*--over/,
  ],
  [
    '--every over --over',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '10s', '--every', '20s'],
    2,
    /longer than the whole ramp/,
  ],
  [
    'a service on rr',
    ['--from', '10.0.0.5', '--to', '10.0.0.2'],
    3,
    /rr does not share by weight[\s\S]*--set-scheduler wrr/,
  ],
  [
    'a service on lc',
    ['--from', '10.0.0.7', '--to', '10.0.0.2'],
    3,
    /lc does not share by weight[\s\S]*--set-scheduler wrr/,
  ],
  [
    'a service on mh without its fallback flag',
    ['--from', '10.0.0.6', '--to', '10.0.0.2'],
    3,
    /refuses the clients[\s\S]*mh-fallback/,
  ],
  [
    'a service on sh without its fallback flag',
    ['--from', '10.0.0.8', '--to', '10.0.0.2'],
    3,
    /refuses the clients[\s\S]*sh-fallback/,
  ],
  [
    'an old server at weight 0 without --weight',
    ['--from', '10.0.0.3', '--to', '10.0.0.2'],
    2,
    /at weight 0 already[\s\S]*--weight/,
  ],
  ['no --from', ['--to', '10.0.0.2'], 2, /--from is missing/],
  ['no --to', ['--from', '10.0.0.1'], 2, /--to is missing/],
  ['an empty server name', ['--from', '10.0.0.1,', '--to', '10.0.0.2'], 2, /empty name/],
  ['a share that is none', ['--from', '10.0.0.1', '--to', '10.0.0.2=lots'], 2, /no share/],
  [
    'steps that do not end in 100',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--steps', '1,5'],
    2,
    /end in 100/,
  ],
  [
    'a curve that is none',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--curve', 'cubic'],
    2,
    /linear, s-curve, exponential/,
  ],
  [
    'a weight that is none',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--weight', '70000'],
    2,
    /from 1 to 65535/,
  ],
  [
    'a million steps',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '30d', '--every', '1s'],
    2,
    /steps/,
  ],
  ['an address that is none', ['--from', '10.0.0.256', '--to', '10.0.0.2'], 2, /no real server/],
  ['a port that is none', ['--from', '10.0.0.1:99999', '--to', '10.0.0.2'], 2, /no real server/],
  ['an escape sequence', ['--from', '\u001b[2J', '--to', '10.0.0.2'], 2, /\\x1b\[2J/],
  ['a shell command', ['--from', '$(reboot)', '--to', '10.0.0.2'], 2, /no real server/],
  ['another address family', ['--from', '10.0.0.1', '--to', '2001:db8::1'], 2, /IPv4 and IPv6/],
  [
    'an unknown option',
    ['--from', '10.0.0.1', '--to', '10.0.0.2', '--ovr', '5m'],
    2,
    /unknown option '--ovr'/,
  ],
  ['an unknown command', ['swap'], 2, /unknown command 'swap'/],
];

describe('bad input', () => {
  it.each(cases)(
    '%s is refused, changes nothing and says what to do',
    async (_, args, code, says) => {
      const run = await refused(args);
      expect(run.stderr).toMatch(says);
      expect(run.exitCode).toBe(code);
      expect(run.stderr).not.toMatch(/^\s+at .*:\d+/m);
      expect(run.stderr).not.toContain('\u001b');
      expect(run.events().some((event) => event.type === 'step-applied')).toBe(false);
    },
  );
});

describe('drain alone', () => {
  const alone = (config: string) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'drain.yaml'), config);
      return drain([], { cwd: folder });
    });

  it('says what to try first', async () => {
    const { exitCode, stdout, stderr } = await alone('defaults: {over: 1m}\n');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.match(/drain (demo|plan --from OLD --to NEW|--help)/g)).toEqual([
      'drain demo',
      'drain plan --from OLD --to NEW',
      'drain --help',
    ]);
  });

  it('is a rollout where the config file says it all', async () => {
    const { exitCode, stdout } = await alone(
      'defaults: {from: 10.0.0.1, to: 10.0.0.2, over: 0s, director: sim}\n',
    );
    expect(stdout).toMatch(/10\.0\.0\.1:80 drained and removed/);
    expect(exitCode).toBe(0);
  });
});

describe('a config file that is not there', () => {
  it('is looked for where the message says', () =>
    withFolder(async (folder) => {
      const named = await drain(['status', '--config', 'nope.yaml', '--state', folder], {
        cwd: folder,
      });
      expect(named.stderr).toContain(`it was looked for at ${join(folder, 'nope.yaml')}`);
      const found = await drain(['out', 'blue', '--director', 'sim'], { cwd: folder });
      expect(found.stderr).toContain(
        `there is no config file: neither ${join(folder, 'drain.yaml')}`,
      );
      expect(found.exitCode).toBe(2);
    }));
});

describe('a word that is nearly right', () => {
  it.each([
    [
      ['--director', 'lb2', '--from', 'a', '--to', 'b'],
      'no director of this version (did you mean lb1?)',
    ],
    [['--director', 'sim', '--from', 'bleu', '--to', '10.0.0.2'], 'is known (did you mean blue?)'],
    [
      ['--curve', 'liner', '--from', 'blue', '--to', '10.0.0.2'],
      's-curve, exponential (did you mean linear?)',
    ],
    [
      ['--director', 'sim', '--service', 'tcp/10.0.0.100:8', '--from', 'blue', '--to', '10.0.0.2'],
      'in the table (did you mean tcp/10.0.0.100:80?)',
    ],
    [
      ['--director', 'sim', 'out', '10.0.0.11:80'],
      'no virtual service (did you mean 10.0.0.1:80?)',
    ],
    [['schema', 'plam'], 'there is no schema of plam (did you mean plan?)'],
    [['lint', 'plan.yaml'], '"form" is no field here (did you mean from?)'],
  ])('%j', async (args, says) => {
    const { exitCode, stderr } = await withFolder(async (folder) => {
      const config = 'groups: {blue: [10.0.0.1]}\ndirectors: {lb1: local}\n';
      await writeFile(join(folder, 'drain.yaml'), config);
      await writeFile(join(folder, 'plan.yaml'), 'form: 10.0.0.1\n');
      return drain(args, { cwd: folder });
    });
    expect(stderr).toContain(says);
    expect(exitCode).toBe(2);
  });
});

describe('a director that cannot be used', () => {
  const run = (script: string) =>
    withFolder(async (folder) =>
      drain(['--from', '10.0.0.1', '--to', '10.0.0.2'], { env: await fakeIpvsadm(folder, script) }),
    );
  const notRoot =
    "echo \"Can't initialize ipvs: Permission denied (you must be root)\" >&2; echo 'Are you sure that IP Virtual Server is built in the kernel or as module?' >&2; exit 2";

  it.each([
    ['without permission', notRoot, /sudo ipvsadm/],
    [
      'without ip_vs',
      notRoot.replace('Permission denied (you must be root)', 'Protocol not available'),
      /modprobe ip_vs/,
    ],
    ['whose ipvsadm prints garbage', 'cat >/dev/null; head -c 100000 /dev/urandom', /./],
    ['whose ipvsadm prints nothing', 'cat >/dev/null', /./],
    [
      'whose ipvsadm prints half a listing',
      "cat >/dev/null; printf -- '-A -t 10.0.0.100:80 -s wrr\\n-a -t 10.0.'",
      /./,
    ],
  ])('%s is refused with exit 3', async (_, script, says) => {
    const { exitCode, stderr } = await run(script);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\p{Cc}(?<!\n)/u);
    expect(exitCode).toBe(3);
  });

  it('without ipvsadm is refused with exit 3', async () => {
    const { exitCode, stderr } = await drain(['--from', '10.0.0.1', '--to', '10.0.0.2'], {
      env: { PATH: '/nowhere' },
    });
    expect(stderr).toMatch(/apt install ipvsadm/);
    expect(exitCode).toBe(3);
  });

  it('whose ipvsadm hangs is given up after its time limit with exit 3', async () => {
    const { exitCode, stderr } = await run('trap "" TERM; sleep 300');
    expect(stderr).toMatch(/10 ?s/);
    expect(exitCode).toBe(3);
  });
});
