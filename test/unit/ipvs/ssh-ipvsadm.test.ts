import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import type { CommandWords } from '../../../src/domain/command-words.ts';
import { parseSshAddress } from '../../../src/domain/places/ssh-address.ts';
import type { OverSshOptions } from '../../../src/ipvs/ssh/run-over-ssh.ts';
import { createSshIpvsadm } from '../../../src/ipvs/ssh-ipvsadm.ts';
import { describeWithSshd } from '../../support/describe-sshd.ts';
import { withFolder } from '../../support/drain-command.ts';
import { eventually, until } from '../../support/eventually.ts';
import { findSshPrograms, type Sshd } from '../../support/sshd.ts';

interface More extends Omit<Partial<OverSshOptions>, 'address'> {
  readonly where?: string;
}

/** A shell on the other side, in the place of ipvsadm: it runs its standard input. */
function shellOn(sshd: Sshd, { where = sshd.where, ...more }: More = {}) {
  const address = parseSshAddress(where);
  if (!address.ok) throw new Error(address.failure.what);
  const command: CommandWords = ['sh'];
  return createSshIpvsadm({ address: address.value, command, ssh: sshd.ssh, ...more }).runner;
}

const unreachable = (what: RegExp, mayHaveRun = false) => ({
  kind: 'unreachable',
  mayHaveRun,
  failure: {
    kind: 'unreachable',
    what: expect.stringMatching(what),
    next: expect.stringContaining('ssh'),
  },
});

await describeWithSshd('an ipvsadm behind ssh', (sshd) => {
  const shell = shellOn(sshd);

  it('gets its words and lines, and no shell looks into them', async () => {
    const { runner } = createSshIpvsadm({
      address: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
      command: ['sh', '-c', 'printf "[%s]" "$@"; cat', 'sh', '$HOME'],
      ssh: sshd.ssh,
    });
    expect(await runner.run(["it's", '`id`'], '$HOME *\n')).toEqual({
      kind: 'exited',
      exitCode: 0,
      stdout: "[$HOME][it's][`id`]$HOME *\n",
      stderr: '',
    });
    expect(runner.label).toBe(
      `ssh -p ${sshd.port} ${sshd.user}@127.0.0.1 sh -c printf "[%s]" "$@"; cat sh $HOME`,
    );
  });

  it.each([0, 1, 2, 255])('that ends with %d has this exit code and its message', async (code) => {
    expect(await shell.run([], `echo oops >&2; exit ${code}\n`)).toEqual({
      kind: 'exited',
      exitCode: code,
      stdout: '',
      stderr: 'oops\n',
    });
  });

  it('speaks English, and finds what is in the folders of root', async () => {
    expect(await shell.run([], 'echo "$LC_ALL $PATH"\n')).toMatchObject({
      stdout: expect.stringMatching(/^C .*:\/usr\/sbin:\/sbin\n$/),
    });
  });

  it('that is killed names the signal', async () => {
    expect(await shell.run([], 'kill -KILL $$\n')).toMatchObject({
      kind: 'killed',
      signal: 'SIGKILL',
    });
  });

  it('that does not exist, or is no program, was not started', async () => {
    const from = (command: CommandWords) =>
      createSshIpvsadm({
        address: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
        command,
        ssh: sshd.ssh,
      }).runner.run(['-R'], 'x\n');
    expect(await from(['no-such-ipvsadm'])).toEqual({
      kind: 'not-started',
      reason: 'not-found',
      message: expect.stringContaining('no-such-ipvsadm: not found'),
    });
    expect(await from(['/etc/passwd'])).toMatchObject({ reason: 'not-permitted' });
    expect(await shell.run([], 'echo on\n')).toMatchObject({ stdout: 'on\n' });
  });

  it('is handed over as printed, bytes that are no UTF-8 and escape sequences included', async () => {
    const lines = String.raw`printf '\377\033[31m\n  -> 10.0'; printf '\033]0;X\007' >&2`;
    expect(await shell.run([], `${lines}\n`)).toEqual({
      kind: 'exited',
      exitCode: 0,
      stdout: '\xff\x1b[31m\n  -> 10.0',
      stderr: '\x1b]0;X\x07',
    });
  });

  it('may print megabytes within the limit, and is stopped beyond it', async () => {
    const much = await shell.run([], 'yes 0123456789 | head -n 500000\n');
    expect(much.kind === 'exited' && much.stdout.length).toBe(5_500_000);
    const limits = { maxOutputBytes: 100_000 };
    expect(await shellOn(sshd, limits).run([], 'yes\n')).toEqual({
      kind: 'too-much-output',
      limitBytes: 100_000,
    });
  });

  it('that hangs is given up at the time limit, and the connection is as good as before', async () => {
    const before = await sshd.logins();
    const runner = shellOn(sshd, { timeLimitMs: 700, graceMs: 100 });
    expect(await runner.run([], 'sleep 3\n')).toEqual({ kind: 'timed-out', afterMs: 700 });
    expect(await runner.run([], 'echo on\n')).toMatchObject({ stdout: 'on\n' });
    expect(await sshd.logins()).toBe(before + 1);
  });

  it('keeps its socket in a folder for nobody else', async () => {
    await shell.run([], 'true\n');
    const { stdout } = await execa('sh', ['-c', `stat -c %a ${tmpdir()}/drain-ssh-*`]);
    expect(new Set(stdout.split('\n'))).toEqual(new Set(['700']));
  });

  it('shares one connection with all others, also with those that begin at once', async () => {
    const before = await sshd.logins();
    const runner = shellOn(sshd);
    const ends = await Promise.all([1, 2, 3, 4].map((n) => runner.run([], `echo ${n}\n`)));
    expect(ends).toMatchObject([1, 2, 3, 4].map((n) => ({ stdout: `${n}\n` })));
    expect(await sshd.logins()).toBe(before + 1);
  });

  it('is reached again after its connection was cut, and what was cut off may have run', async () => {
    await withFolder(async (folder) => {
      const runner = shellOn(sshd);
      const begun = join(folder, 'begun');
      const running = runner.run([], `echo $$ >${begun}; sleep 30; echo done\n`);
      const shellId = await eventually(async () => {
        const text = await readFile(begun, 'utf8');
        expect(text).toMatch(/^\d+\n$/);
        return Number(text);
      });
      await sshd.cut();
      expect(await running).toMatchObject(unreachable(/^the connection to .* was lost/, true));
      process.kill(shellId);
      expect(await runner.run([], 'echo again\n')).toMatchObject({ stdout: 'again\n' });
    });
  });
});

await describeWithSshd('a director that ssh does not reach', (sshd) => {
  it('refuses the connection', async () => {
    const where = `ssh://${sshd.user}@127.0.0.1:1`;
    expect(await shellOn(sshd, { where }).run([], '')).toMatchObject(
      unreachable(/^there is no connection to \S+@127\.0\.0\.1:1: ssh: connect .* refused$/),
    );
  });

  it('has no address', async () => {
    expect(await shellOn(sshd, { where: 'ssh://no-such.invalid' }).run([], '')).toMatchObject(
      unreachable(/^there is no connection to no-such\.invalid: .*resolve hostname/),
    );
  });

  it('does not let this user in', async () => {
    const where = `ssh://nobody-at-all@127.0.0.1:${sshd.port}`;
    expect(await shellOn(sshd, { where }).run([], '')).toMatchObject(
      unreachable(/^nobody-at-all@127\S+ does not let us in: .*Permission denied \(publickey\)/),
    );
  });

  it('has a host key that nobody knows, or another one than is known', async () => {
    const known = await readFile(sshd.knownHosts, 'utf8');
    await writeFile(sshd.knownHosts, '');
    expect(await shellOn(sshd).run([], '')).toMatchObject(
      unreachable(/^the host key of \S+ is not known: .*verification failed/),
    );
    const file = join(sshd.home, 'other');
    await (await findSshPrograms()).makeKey(file);
    await writeFile(sshd.knownHosts, `[127.0.0.1]:${sshd.port} ${await readFile(`${file}.pub`)}`);
    expect(await shellOn(sshd).run([], '')).toMatchObject(
      unreachable(/^the host key of \S+ is not the one that is known$/),
    );
    await writeFile(sshd.knownHosts, known);
    expect(await shellOn(sshd).run([], 'echo on\n')).toMatchObject({ stdout: 'on\n' });
  });

  it('has no ssh on this side', async () => {
    expect(await shellOn(sshd, { ssh: ['/no/such/ssh'] }).run([], '')).toMatchObject({
      kind: 'unreachable',
      mayHaveRun: false,
      failure: { kind: 'preflight', what: expect.stringMatching(/^cannot run `\/no\/such\/ssh`/) },
    });
  });

  it('has an ssh in between that prints megabytes, and escape sequences', () =>
    withFolder(async (folder) => {
      const ssh = join(folder, 'ssh');
      await writeFile(ssh, "#!/bin/sh\nprintf '\\033]0;X\\007' >&2; exec yes\n");
      await chmod(ssh, 0o755);
      expect(await shellOn(sshd, { ssh: [ssh] }).run([], '')).toMatchObject(
        unreachable(/ ran no command, and said: y; y; y/),
      );
      await writeFile(ssh, "#!/bin/sh\nprintf '\\033]0;X\\007' >&2; exit 255\n");
      expect(await shellOn(sshd, { ssh: [ssh] }).run([], '')).toMatchObject(
        unreachable(/: \\x1b\]0;X\\x07$/),
      );
    }));

  it('stands still: that is noticed, and what waits there is not done when it goes on', async () => {
    const file = join(sshd.home, 'stale');
    // Quicker than is usual: the first option counts.
    const [program, ...args] = sshd.ssh;
    const alive = ['-o', 'ServerAliveInterval=1', '-o', 'ServerAliveCountMax=1'];
    const runner = shellOn(sshd, { ssh: [program, ...args, ...alive], timeLimitMs: 3_000 });
    await runner.run([], 'true\n');
    await sshd.freeze();
    const frozenMs = performance.now();
    expect(await runner.run([], `echo >>${file}\n`)).toMatchObject(
      unreachable(/^the connection to .* was lost: .*not responding/, true),
    );
    expect(await shellOn(sshd, { connectLimitMs: 500 }).run([], 'true\n')).toMatchObject(
      unreachable(/: no answer within 0.5 s$/),
    );
    await until(() => performance.now() - frozenMs > 3_200);
    sshd.thaw();
    expect(await runner.run([], `ls ${file}\n`)).toMatchObject({ kind: 'exited', exitCode: 2 });
  });
});

await describeWithSshd(
  'a director with login scripts that talk',
  (sshd) => {
    it('is understood all the same', async () => {
      const rc = join(sshd.home, '.bashrc');
      await writeFile(
        rc,
        "echo 'Welcome to lb1!'; printf '\\033[31m'; stty size; trap 'echo Bye' EXIT\n",
      );
      expect(await shellOn(sshd).run([], 'echo on; echo oops >&2; exit 3\n')).toEqual({
        kind: 'exited',
        exitCode: 3,
        stdout: 'on\n',
        stderr: 'oops\n',
      });
    });

    it('is refused where they end the shell, or never come to an end', async () => {
      const rc = join(sshd.home, '.bashrc');
      await writeFile(rc, "echo 'Maintenance, come back later'; exit 0\n");
      expect(await shellOn(sshd).run([], 'true\n')).toMatchObject(
        unreachable(/ ran no command, and said: Maintenance, come back later$/),
      );
      await writeFile(rc, 'sleep 3\n');
      expect(await shellOn(sshd, { connectLimitMs: 1_000 }).run([], 'true\n')).toMatchObject(
        unreachable(/no answer within 1 s/),
      );
      await rm(rc);
    });
  },
  { shell: '/bin/bash' },
);
