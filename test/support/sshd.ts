import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import type { CommandWords } from '../../src/domain/command-words.ts';
import { fileOf, librariesIn, unpacked, whyNot } from './debian-packages.ts';
import { until } from './eventually.ts';

/** A real sshd on loopback, with keys of its own, that lets in whoever runs the tests. */
export interface Sshd {
  readonly user: string;
  readonly port: number;
  /** `ssh://root@127.0.0.1:40022`. */
  readonly where: string;
  /** ssh(1) with the key, and with the known hosts. */
  readonly ssh: CommandWords;
  /** A folder for PATH where that is `ssh`. */
  readonly folder: string;
  /** The home folder of who logs in. */
  readonly home: string;
  /** The key that who logs in has, and whose `.pub` is let in. */
  readonly knownHosts: string;
  /** Logins so far. */
  logins(): Promise<number>;
  /** As if the machine stood still: sshd and everything in its sessions. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Ends all connections, and nothing else. */
  cut(): Promise<void>;
  /** The machine is gone: nobody listens. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export type StartedSshd =
  | { readonly kind: 'running'; readonly sshd: Sshd }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface SshdOptions {
  /** The login shell; /bin/sh without it. */
  readonly shell?: string;
  /** Lines of sshd_config(5). */
  readonly config?: readonly string[];
}

/** What has to be true of a machine for it to run sshd, and the account that it drops its rights to. */
const privilegeSeparation = { user: 'sshd', folder: '/run/sshd' };

export async function startSshd(options: SshdOptions = {}): Promise<StartedSshd> {
  const programs = await findSshPrograms().catch((error: Error) => error);
  if (programs instanceof Error) return { kind: 'unavailable', reason: whyNot(programs) };
  const folder = await mkdtemp(join(tmpdir(), 'drain-sshd-'));
  const port = await freePort();
  const { username: user, uid, gid } = userInfo();
  const home = join(folder, 'home');
  await mkdir(home);
  await Promise.all(['host-key', 'key'].map((name) => programs.makeKey(join(folder, name))));
  const knownHosts = join(folder, 'known-hosts');
  const hostKey = await readFile(join(folder, 'host-key.pub'), 'utf8');
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${hostKey}`);
  const shell = options.shell ?? '/bin/sh';
  await writeFile(
    join(folder, 'passwd'),
    `${user}:*:${uid}:${gid}::${home}:${shell}
${privilegeSeparation.user}:*:65000:65534::/:/bin/false\n`,
  );
  if (uid === 0) await mkdir(privilegeSeparation.folder, { recursive: true, mode: 0o755 });
  await writeFile(
    join(folder, 'sshd-config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host-key')}`,
      `AuthorizedKeysFile ${join(folder, 'key.pub')}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin yes',
      'LogLevel VERBOSE',
      ...programs.config,
      ...(options.config ?? []),
      '',
    ].join('\n'),
  );
  await writeFile(
    join(folder, 'ssh-config'),
    `IdentityFile ${join(folder, 'key')}
IdentitiesOnly yes
IdentityAgent none
UserKnownHostsFile ${knownHosts}
GlobalKnownHostsFile /dev/null\n`,
  );
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const ssh: CommandWords = [...programs.ssh, '-F', join(folder, 'ssh-config')];
  await writeFile(join(bin, 'ssh'), `#!/bin/sh\nexec ${ssh.join(' ')} "$@"\n`);
  await chmod(join(bin, 'ssh'), 0o755);

  const log = join(folder, 'log');
  const child = spawn(programs.sshd, ['-D', '-e', '-f', join(folder, 'sshd-config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...programs.env,
      NSS_WRAPPER_PASSWD: join(folder, 'passwd'),
      NSS_WRAPPER_GROUP: '/etc/group',
    },
  });
  child.stderr?.pipe(createWriteStream(log));
  const readLog = () => readFile(log, 'utf8').catch(() => '');
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`sshd has ended: ${await readLog()}`);
    return (await readLog()).includes('Server listening');
  });
  const all = async () => [child.pid ?? 0, ...(await descendantsOf(child.pid ?? 0))];
  let frozen: readonly number[] = [];
  const thaw = () => {
    for (const pid of frozen) signal(pid, 'SIGCONT');
    frozen = [];
  };
  const kill = async () => {
    for (const pid of await all()) signal(pid, 'SIGKILL');
    await endOf(child);
  };
  const sshd: Sshd = {
    user,
    port,
    where: `ssh://${user}@127.0.0.1:${port}`,
    ssh,
    folder: bin,
    home,
    knownHosts,
    logins: async () => (await readLog()).match(/^Accepted publickey/gm)?.length ?? 0,
    async freeze() {
      frozen = await all();
      for (const pid of frozen) signal(pid, 'SIGSTOP');
    },
    thaw,
    async cut() {
      for (const pid of await descendantsOf(child.pid ?? 0)) {
        const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
        if (name.startsWith('sshd')) signal(pid, 'SIGKILL');
      }
    },
    kill,
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return { kind: 'running', sshd };
}

export interface SshPrograms {
  readonly ssh: CommandWords;
  readonly sshd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly config: readonly string[];
  /** Leaves a pair of keys in `file` and `file.pub`. */
  makeKey(file: string): Promise<void>;
  /** Where all of them are. */
  readonly folders: readonly string[];
}

/**
 * Debian's sshd, not installed: so its libraries come along, and one that puts the accounts of a file
 * in the place of those of the machine. The client is the host's where it has one.
 */
export async function findSshPrograms(): Promise<SshPrograms> {
  const names = ['openssh-server', 'openssh-client', 'libnss-wrapper'];
  const root = await unpacked({ names, withLibraries: true });
  const libraries = librariesIn(root);
  const accounts = await fileOf(libraries, 'libnss_wrapper.so');
  const sshd = await fileOf(root, 'usr/sbin/sshd');
  const client = (name: string): CommandWords =>
    existsSync(`/usr/bin/${name}`)
      ? [`/usr/bin/${name}`]
      : ['env', `LD_LIBRARY_PATH=${libraries}`, join(root, 'usr/bin', name)];
  const parts = join(root, 'usr/lib/openssh');
  // From OpenSSH 9.8 on, sshd is several programs.
  const config = [
    ['SshdSessionPath', 'sshd-session'],
    ['SshdAuthPath', 'sshd-auth'],
  ].flatMap(([name, file = '']) =>
    existsSync(join(parts, file)) ? [`${name} ${join(parts, file)}`] : [],
  );
  return {
    ssh: client('ssh'),
    sshd,
    env: { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: libraries, LD_PRELOAD: accounts },
    config,
    async makeKey(file) {
      const [keygen, ...words] = client('ssh-keygen');
      const key = ['-t', 'ed25519', '-N', '', '-C', basename(file), '-f', file];
      await execa(keygen, [...words, '-q', ...key]);
    },
    folders: [dirname(sshd), join(root, 'usr/bin'), libraries, parts],
  };
}

/** Children, their children and so on. */
async function descendantsOf(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = /^\d+ \(.*\) \S (\d+) /s.exec(text)?.[1];
    if (/^\d+$/.test(name) && parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const below = (one: number): readonly number[] =>
    [...parents].flatMap(([child, parent]) => (parent === one ? [child, ...below(child)] : []));
  return below(pid);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

const endOf = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
