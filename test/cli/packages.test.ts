import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTools } from '../support/describe-tools.ts';
import { eventually, until } from '../support/eventually.ts';
import { buildFakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen } from '../support/loopback-servers.ts';
import { startDrain } from '../support/running-drain.ts';
import { startServe } from '../support/running-serve.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let packages: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-packages-'));
  // Whoever builds may have a mask of his own.
  const { exitCode, stderr } = await execa(
    'sh',
    ['-c', 'umask 077; exec "$@"', 'sh', process.execPath]
      .concat('packaging/package.js', '--out', join(folder, 'out'))
      .concat(await buildable()),
    { cwd: root, reject: false },
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  packages = await readdir(join(folder, 'out'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** All, or those whose tools are here; the tests of the others say so. */
async function buildable(): Promise<readonly string[]> {
  if (process.env.DRAIN_REQUIRE_KERNEL === '1') return [];
  const [deb, rpm] = await Promise.all([has('dpkg-deb'), has('rpmbuild')]);
  return ['npm', 'executable', ...(deb ? ['deb'] : []), ...(rpm ? ['rpm'] : [])];
}
const has = async (tool: string): Promise<boolean> =>
  (await execa('sh', ['-c', `command -v ${tool}`], { reject: false })).exitCode === 0;

const packageOf = (ending: string): string => {
  const [name = 'none', ...others] = packages.filter((one) => one.endsWith(ending));
  expect(others).toEqual([]);
  return join(folder, 'out', name);
};

/** The version, the end of the demo or a plan, which costs a tenth of it, and nothing on stderr. */
async function expectToRun(
  file: string,
  {
    within,
    demonstrates = false,
  }: { readonly within?: string; readonly demonstrates?: boolean } = {},
) {
  const run = (...args: readonly string[]) =>
    within === undefined
      ? execa(file, args, { env: { NO_COLOR: '1' } })
      : execa('chroot', [within, 'env', '-i', 'PATH=/usr/bin:/bin', file, ...args]);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(await run('--version')).toMatchObject({ stdout: version, stderr: '' });
  const words = ['plan', '--director', 'sim', '--from', '10.0.0.1', '--to', '10.0.0.2'];
  const ran = await run(...(demonstrates ? ['demo'] : words));
  expect(ran.stdout).toContain(demonstrates ? '0 refused, 0 reset, 0 hung' : '20 steps over 5m');
  expect(ran.stderr).toBe('');
}

describe('the npm package', () => {
  const prefix = () => join(folder, 'prefix');
  const npm = (...args: readonly string[]) =>
    execa('npm', [...args, '-g', '--offline', '--no-audit', '--prefix', prefix()], { cwd: folder });
  const drain = () => join(prefix(), 'bin/drain');

  it('is installed without downloading anything, runs, and is small', async () => {
    await npm('install', packageOf('.tgz'));
    await expectToRun(drain(), { demonstrates: true });
    const { stdout } = await execa('du', ['-sk', prefix()]);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(8 * 1024);
  });

  it('is upgraded under a rollout, a guard and a server, which go on with what they began with', async () => {
    const fake = await buildFakeIpvsadm();
    let [status, asked] = [200, 0];
    const checked = createServer((_, response) => {
      asked++;
      response.statusCode = status;
      response.end();
    });
    const server = `127.0.0.1:${await listen(checked)}`;
    const other = `127.0.0.2:${await listen(
      createServer((_, response) => response.end()),
      '127.0.0.2',
    )}`;
    await fake.reset(
      [
        '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4',
        `-A -t 10.0.0.100:81 -s wrr\n-a -t 10.0.0.100:81 -r ${server} -m -w 4`,
        `-a -t 10.0.0.100:81 -r ${other} -m -w 4\n`,
      ].join('\n'),
    );
    await writeFile(
      join(folder, 'guard.yaml'),
      `poll: 200ms\ndefaults: { interval: 100ms, fall: 2 }\nservices:
  - { service: 'tcp/10.0.0.100:81', check: 'http://{address}:{port}/' }\n`,
    );
    const state = ['--state', join(folder, 'state')];
    const options = { program: drain(), cwd: folder };
    const hand = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '1h', '--no-check'];
    const json = ['--output', 'json', ...state];
    const rollout = startDrain([...hand, '--report', 'out.html', ...json], fake.env, options);
    const guard = startDrain(['guard', 'guard.yaml', ...json], fake.env, options);
    const serve = await startServe(['--director', 'sim', ...state], {}, drain());
    await rollout.event(({ type }) => type === 'step-applied');
    await until(() => asked > 0);

    await npm('uninstall', '@drain-ipvs/drain');
    await expect(stat(drain())).rejects.toThrow();
    expect((await (await fetch(serve.url)).text()).length).toBeGreaterThan(100_000);
    status = 503;
    await eventually(async () => expect(await fake.table()).toContain(`${server} -m -w 0`));
    // The report is drawn by a part that nothing has loaded until then.
    rollout.signal('SIGINT');
    expect(await rollout.ended).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining('drain resume'),
    });
    expect(await readFile(join(folder, 'out.html'), 'utf8')).toContain('<figcaption>Base weights');
    await npm('install', packageOf('.tgz'));
    for (const one of [guard, serve]) one.signal('SIGTERM');
    expect(await serve.ended).toMatchObject({ exitCode: 143, stderr: '' });
    expect(await guard.ended).toMatchObject({ exitCode: 143 });
    await fake.remove();
    await expectToRun(drain());
    await npm('uninstall', '@drain-ipvs/drain');
    expect(await readdir(join(prefix(), 'lib/node_modules'), { recursive: true })).toEqual([
      '@drain-ipvs',
    ]);
  });
});

describe('the executable', () => {
  it('runs where there is no Node, and starts as quickly', async () => {
    const own = packages.find((one) => one.includes('-linux-')) ?? 'none';
    await mkdir(join(folder, 'alone'));
    const file = join(folder, 'alone/drain');
    await cp(join(folder, 'out', own), file);
    await expectToRun(file, { demonstrates: true });
  });
});

/** A Debian of the packages that every Debian has, and what drain depends on. */
describeTools(
  'the deb in an empty Debian',
  { 'dpkg-deb': 'dpkg', mmdebstrap: 'mmdebstrap', root: '' },
  () => {
    const debian = () => join(folder, 'debian');
    const inside = (...words: readonly string[]) =>
      execa('chroot', [debian(), ...words], {
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
        reject: false,
      });

    beforeAll(async () => {
      const options = ['--quiet', '--variant=essential', '--include=passwd,libstdc++6'];
      await execa('mmdebstrap', [...options, 'bookworm', debian()]);
    });

    /** drain as it is installed there, for those who start it from here. */
    const installed = async (): Promise<string> => {
      const file = join(folder, 'drain-inside.cjs');
      const words = ['env', '-i', 'PATH=/usr/bin:/bin', 'TZ=UTC', '/usr/bin/drain'];
      await writeFile(
        file,
        `const child = require('node:child_process').spawn(
  'chroot', [...${JSON.stringify([debian(), ...words])}, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code));
`,
      );
      return file;
    };

    it('is installed, runs without Node, is upgraded under a rollout and a server, and is removed to the last file', async () => {
      await cp(packageOf('.deb'), join(debian(), 'tmp/drain.deb'));
      expect((await inside('sh', '-c', 'command -v node')).exitCode).not.toBe(0);
      const first = await inside('dpkg', '-i', '/tmp/drain.deb');
      expect(first.exitCode, first.stderr).toBe(0);
      await expectToRun('/usr/bin/drain', { within: debian() });
      expect((await inside('getent', 'passwd', 'drain')).stdout).toMatch(/nologin$/);
      expect((await inside('dpkg', '--verify', 'drain')).stdout).toBe('');
      const page = await inside('zcat', '/usr/share/man/man1/drain-rollback.1.gz');
      expect(page.stdout).toMatch(/^\.TH DRAIN-ROLLBACK 1 /);
      expect(page.stdout).toContain('.B \\-\\-on\\-timeout <action>\n');
      const completion = await inside('cat', '/usr/share/bash-completion/completions/drain');
      expect(completion.stdout).toContain('complete -F _drain drain');

      const hand = ['--director', 'sim', '--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '12h'];
      const program = await installed();
      const rollout = startDrain([...hand, '--output', 'json'], {}, { program });
      const serve = await startServe(['--director', 'sim'], {}, program);
      await rollout.event(({ type }) => type === 'step-applied');

      // A configuration that was changed outlives an upgrade and a removal, and ends with a purge.
      await inside('sh', '-c', 'echo "names: { a: 10.0.0.1 }" > /etc/drain/drain.yaml');
      const { ino } = await stat(join(debian(), 'usr/lib/drain/drain'));
      expect((await inside('dpkg', '--force-confdef', '-i', '/tmp/drain.deb')).exitCode).toBe(0);
      expect((await stat(join(debian(), 'usr/lib/drain/drain'))).ino).not.toBe(ino);
      // What nobody has asked for until then is read by those who began with the old file.
      expect((await (await fetch(serve.url)).text()).length).toBeGreaterThan(100_000);
      rollout.signal('SIGINT');
      expect(await rollout.ended).toMatchObject({ exitCode: 130 });
      await expectToRun('/usr/bin/drain', { within: debian() });
      expect((await inside('dpkg', '-r', 'drain')).exitCode).toBe(0);
      expect((await fetch(new URL('/healthz', serve.url))).status).toBe(200);
      serve.signal('SIGTERM');
      expect(await serve.ended).toMatchObject({ exitCode: 143 });
      expect((await inside('cat', '/etc/drain/drain.yaml')).stdout).toContain('a: 10.0.0.1');
      expect((await inside('dpkg', '-P', 'drain')).exitCode).toBe(0);
      const left = await inside('find', '/etc', '/usr', '-name', '*drain*');
      expect(left.stdout).toBe('');
    });
  },
);

describeTools('the rpm', { rpmbuild: 'rpm', rpm2archive: 'rpm', 'dpkg-deb': 'dpkg' }, () => {
  it('has the same files as the deb, all of root, and runs', async () => {
    const rpm = packageOf('.rpm');
    const { stdout } = await execa('rpm', ['-qp', '--qf', '[%{FILENAMES} %{FILEUSERNAME}\n]', rpm]);
    const ofRpm = stdout.split('\n');
    expect(ofRpm.every((line) => line.endsWith(' root'))).toBe(true);
    const ofDeb = (await execa('dpkg-deb', ['-c', packageOf('.deb')])).stdout
      .split('\n')
      .flatMap((line) => / \.(\/\S*[^/\s])(?: ->.*)?$/.exec(line)?.[1] ?? []);
    const paths = new Set(ofRpm.map((line) => line.replace(/ root$/, '')));
    expect(ofDeb.filter((path) => !paths.has(path))).toEqual([]);
    expect((await execa('rpm', ['-qp', '--configfiles', rpm])).stdout).toBe(
      '/etc/drain/drain.yaml',
    );

    const tree = join(folder, 'rpm');
    await mkdir(tree);
    await execa('sh', ['-c', 'rpm2archive -n - < "$1" | tar x -C "$2"', 'sh', rpm, tree]);
    await expectToRun(join(tree, 'usr/lib/drain/drain'));
  });
});

describe('what lies beside the packages', () => {
  it('is a bill of what is in them, and checksums that are right', async () => {
    const out = dirname(packageOf('.tgz'));
    const checked = await execa('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: out });
    expect(checked.stdout).toBe('');
    const bill = JSON.parse(await readFile(packageOf('.cdx.json'), 'utf8'));
    const names = bill.components.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['commander', 'echarts', 'preact', 'zod']));
    // Of what is used to build and to test nothing is delivered.
    expect(names).not.toContain('esbuild');
    expect(names).not.toContain('vitest');
    const notices = await execa('tar', ['xzOf', packageOf('.tgz'), 'package/THIRD-PARTY-NOTICES']);
    for (const name of names) expect(notices.stdout).toContain(`\n${name} `);
  });
});
