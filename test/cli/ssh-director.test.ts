import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithSshd } from '../support/describe-sshd.ts';
import { drain as runDrain, withFolder } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { hostileText } from '../support/hostile-texts.ts';
import { startDrain } from '../support/running-drain.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 2
`;
const replaced = table
  .replace('-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4\n', '')
  .replace('-r 10.0.0.3', '-r 10.0.0.2:80 -m -w 4\n-a -t 10.0.0.100:80 -r 10.0.0.3');
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--output', 'json'];
const quick = [
  ...handOver,
  '--over',
  '1s',
  '--every',
  '250ms',
  '--settle',
  '100ms',
  '--poll',
  '200ms',
];

/** What ssh has begun for a command ends with its process. */
const drain: typeof runDrain = (args, options) => runDrain(args, { ...options, alone: true });

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
afterAll(() => fake.remove());

/** Processes with this text in their command line. */
async function processesWith(text: string): Promise<readonly string[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = all.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).filter((line) => line.includes(text));
}

await describeWithSshd('a director behind ssh', (sshd) => {
  const env = { PATH: `${sshd.folder}:${process.env.PATH}` };
  const reached = () => ['--director', sshd.where, '--ipvsadm', fake.remote];
  const name = `127.0.0.1:${sshd.port}`;
  const nothingIsLeft = () =>
    eventually(async () => expect(await processesWith('drain-ssh-')).toEqual([]));

  it('is rolled over through one connection, and nothing is left behind', () =>
    withFolder(async (state) => {
      await fake.reset(table);
      const before = await sshd.logins();
      const run = await drain([...quick, ...reached(), '--state', state], { env });
      expect(run.stderr).toBe('');
      expect(run.exitCode).toBe(0);
      expect(await fake.table()).toBe(replaced);
      expect(await sshd.logins()).toBe(before + 1);
      const directors = run
        .events()
        .flatMap((event) => ('director' in event ? event.director : []));
      expect(new Set(directors)).toEqual(new Set([name]));
      await nothingIsLeft();
    }));

  it('keeps the lock of its table, for whoever comes from wherever, and holds when another has taken it', () =>
    withFolder(async (folder) => {
      await fake.reset(table);
      const run = join(folder, 'run');
      const locking = { ...env, DRAIN_RUN_DIR: run };
      const before = await sshd.logins();
      const slow = [...handOver, '--over', '60s', '--every', '1s'];
      const first = startDrain([...slow, ...reached(), '--state', join(folder, 'a')], locking);
      const { rollout } = await first.event(({ type }) => type === 'step-applied');
      for (const [state, way] of [
        ['b', reached()],
        // As a drain on the director itself does it.
        ['c', ['--ipvsadm', fake.remote]],
      ] as const) {
        const other = await drain([...quick, ...way, '--state', join(folder, state)], {
          env: locking,
        });
        expect(other.stderr).toContain(`in rollout ${rollout} (process `);
        expect(other.stderr).toContain(`with the state in ${folder}/a`);
        expect(other.exitCode).toBe(6);
      }
      // As if it had been silent for so long that another has taken it.
      const lock = (await readdir(run)).find((name) => /^tcp.*\.1$/.test(name)) ?? '';
      const place = { host: 'lb9', boot: 'b9', pidNamespace: 'pid:[9]' };
      const other = { rollout: 'r9', pid: 7, startTicks: '1', sinceMs: Date.now(), place };
      await writeFile(join(run, lock.replace(/1$/, '2')), JSON.stringify(other));
      const { exitCode, stderr } = await first.ended;
      expect(stderr).toMatch(
        /lost its lock on tcp\S+ on ssh:\S+, and rollout r9 \(process 7 on lb9\) has taken it since/,
      );
      expect(exitCode).toBe(6);
      // One for each of the two that came over ssh.
      expect(await sshd.logins()).toBe(before + 2);
      const left = await readdir(run);
      expect(left.filter((name) => !/\.\d+$/.test(name) && !name.startsWith('claim-'))).toEqual([]);
      await nothingIsLeft();
    }));

  it('has a name in the config file, and is reached by resume without it', () =>
    withFolder(async (folder) => {
      await fake.reset(table);
      const config = join(folder, 'drain.yaml');
      const lb1 = { director: sshd.where, ipvsadm: fake.remote };
      await writeFile(config, JSON.stringify({ directors: { lb1, lb2: 'ssh://lb2.invalid' } }));
      const state = ['--state', join(folder, 'state')];
      const named = ['--config', config, '--director', 'lb1', ...state];
      const running = startDrain([...quick, ...named], env);
      const { rollout } = await running.event(({ type }) => type === 'step-applied');
      running.signal('SIGINT');
      expect(await running.ended).toMatchObject({ exitCode: 130 });
      const resumed = await drain(['resume', rollout, '--output', 'json', ...state], { env });
      expect(resumed.stderr).toBe('');
      expect(resumed.exitCode).toBe(0);
      expect(await fake.table()).toBe(replaced);
      const events = [...running.events(), ...resumed.events()];
      const directors = events.flatMap((event) => ('director' in event ? event.director : []));
      expect(new Set(directors)).toEqual(new Set(['lb1']));
    }));

  it('that stands still is noticed within seconds; held, exit 7; and goes on when it is back', () =>
    withFolder(async (state) => {
      await fake.reset(table);
      // Quicker than is usual (6 s and 5 s): of two options for ssh the first counts.
      const hasty = '-o ServerAliveInterval=1 -o ServerAliveCountMax=1 -o ConnectTimeout=1';
      const ssh = join(state, 'ssh');
      await writeFile(ssh, `#!/bin/sh\nexec ${sshd.folder}/ssh ${hasty} "$@"\n`, { mode: 0o755 });
      const running = startDrain([...quick, ...reached(), '--state', state], {
        PATH: `${state}:${process.env.PATH}`,
      });
      const { rollout } = await running.event(({ type }) => type === 'step-applied');
      await sshd.freeze();
      const frozenMs = performance.now();
      const { exitCode, stderr } = await running.ended;
      const tookMs = performance.now() - frozenMs;
      sshd.thaw();
      expect(exitCode).toBe(7);
      expect(stderr).toMatch(/there is no connection to \S+: .*timed out/);
      // TCP itself would wait for a quarter of an hour.
      expect(tookMs).toBeLessThan(60_000);
      const resumed = await drain(['resume', rollout, '--output', 'json', '--state', state], {
        env,
      });
      expect(resumed.stderr).toBe('');
      expect(resumed.exitCode).toBe(0);
      expect(await fake.table()).toBe(replaced);
    }));

  it('whose connection is cut twice is done all the same', () =>
    withFolder(async (state) => {
      await fake.reset(table);
      const running = startDrain([...quick, ...reached(), '--state', state], {
        ...env,
        DRAIN_RUN_DIR: join(state, 'run'),
      });
      for (const step of [0, 1]) {
        await running.event((event) => event.type === 'step-applied' && event.step >= step);
        await sshd.cut();
      }
      expect(await running.ended).toEqual({ exitCode: 0, stderr: '' });
      expect(await fake.table()).toBe(replaced);
    }));

  it('leaves nothing behind when drain is killed', () =>
    withFolder(async (state) => {
      await fake.reset(table);
      const running = startDrain([...quick, ...reached(), '--state', state], env);
      await running.event(({ type }) => type === 'step-applied');
      running.signal('SIGKILL');
      await running.ended;
      await nothingIsLeft();
    }));

  it('is examined by doctor, with advice that reaches it', async () => {
    await fake.reset(table);
    const run = await drain(['doctor', ...handOver, ...reached()], { env });
    const findings = run.stdout.split('\n').filter((line) => line.includes('"finding"'));
    expect(findings.join('\n')).toMatch(/"director":"127\.0\.0\.1:\d+"/);
    expect(findings.join('\n')).not.toContain('cannot-list');
  });

  it('is one table whoever logs in: the lock is the same', () =>
    withFolder(async (state) => {
      await fake.reset(table);
      const slow = [...handOver, '--over', '10m', '--state', state];
      const running = startDrain([...slow, ...reached()], env);
      await running.event(({ type }) => type === 'step-applied');
      const other = ['--director', `ssh://${name}`, '--ipvsadm', fake.remote];
      const second = await drain([...slow, ...other], { env });
      expect(second.stderr).toContain(` on ssh://${name} is in rollout `);
      expect(second.exitCode).toBe(6);
      running.signal('SIGINT');
      expect((await running.ended).exitCode).toBe(130);
    }));

  const nobody = `ssh://nobody-here@${name}`;
  it.each<[string, string, readonly string[], Record<string, string>, number, RegExp]>([
    ['is not there', 'ssh://127.0.0.1:1', [], {}, 7, /no connection .*refused/],
    [
      'has no ipvsadm',
      sshd.where,
      ['--ipvsadm', '/no/ipvsadm'],
      {},
      3,
      /not found[\s\S]*Install it/,
    ],
    ['needs an ssh', sshd.where, [], { PATH: '/no/such' }, 3, /cannot run `ssh`.*[\s\S]*Install/],
    ['lets nobody in', nobody, [], {}, 7, /does not let us in/],
  ])('that %s is refused before anything is done', (_, where, args, more, exitCode, says) =>
    withFolder(async (state) => {
      const all = [...quick, '--director', where, ...args, '--state', state];
      const run = await drain(all, { env: { ...env, ...more } });
      expect(run.stderr).toMatch(says);
      expect(run.stderr).toMatch(/\n {2}next: /);
      expect(run.exitCode).toBe(exitCode);
    }),
  );

  it('whose name means harm is refused, and nothing is run', async () => {
    const before = await sshd.logins();
    const names = ['-oProxyCommand=touch X', '-oProxyCommand=id@lb1', hostileText];
    for (const hostile of names) {
      const run = await drain([...quick, '--director', `ssh://${hostile}`], { env });
      expect(run.stderr).toMatch(/is no director/);
      expect(run.exitCode).toBe(2);
    }
    expect(await sshd.logins()).toBe(before);
  });
});
