import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

/** What the lab runs on: a kernel that is a program, its modules, and the tools the host lacks. */
export interface Kit {
  /** Holds `usr/…`, laid over the host's /usr inside the lab. */
  readonly root: string;
  readonly kernel: string;
  readonly kernelRelease: string;
}

export type Provision =
  | { readonly kind: 'ready'; readonly kit: Kit }
  | { readonly kind: 'unavailable'; readonly reason: string };

const wanted = ['user-mode-linux', 'ipvsadm', 'kmod', 'iproute2', 'procps', 'keepalived'];

/** Debian 12's names, for a host whose apt cannot compute what is missing. */
const bookwormLibraries =
  'libpopt0 libnl-3-200 libnl-genl-3-200 libkmod2 libelf1 libbpf1 libmnl0 libxtables12 libcap2 libnftnl11 libsnmp40 libglib2.0-0 libpci3 libwrap0'.split(
    ' ',
  );

const emptyLockMs = 5_000;
const kitFile = 'kit.json';

const aptOptions = [
  '-o',
  'Debug::NoLocking=1',
  '-o',
  'Acquire::Retries=2',
  '-o',
  'Acquire::http::Timeout=30',
  ...(process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []),
];

/**
 * Finds the kit in `$XDG_CACHE_HOME/drain-lab`, or fetches it there with apt-get: no root, nothing
 * installed. The first time takes as long as 45 MB do; after that, milliseconds.
 */
export async function provision(): Promise<Provision> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return unavailable(
      `it needs Linux on x86-64, and this is ${process.platform} on ${process.arch}`,
    );
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'drain-lab');
  const root = join(cache, await kitName());
  try {
    const found = await readKit(root);
    if (found) return { kind: 'ready', kit: found };
    await mkdir(cache, { recursive: true });
    return await withLock(join(cache, 'lock'), async () => {
      const meanwhile = await readKit(root);
      if (meanwhile) return { kind: 'ready', kit: meanwhile };
      return await fetchKit(cache, root);
    });
  } catch (error) {
    return unavailable(error instanceof Error ? firstLine(error.message) : String(error));
  }
}

const unavailable = (reason: string): Provision => ({ kind: 'unavailable', reason });

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

/** Packages fit the distribution they come from, so its name and this recipe are part of the name. */
async function kitName(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const recipe = createHash('sha256')
    .update(JSON.stringify([release, wanted, 1]))
    .digest('hex');
  return `kit-${recipe.slice(0, 12)}`;
}

async function readKit(root: string): Promise<Kit | undefined> {
  const text = await readFile(join(root, kitFile), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { kernelRelease } = JSON.parse(text) as { kernelRelease: string };
  return { root, kernel: join(root, 'usr/bin/linux.uml'), kernelRelease };
}

async function fetchKit(cache: string, root: string): Promise<Provision> {
  if (!(await runs('apt-get')) || !(await runs('dpkg-deb'))) {
    return unavailable('apt-get and dpkg-deb, which fetch it, are not on the PATH');
  }
  for (const left of await readdir(cache)) {
    if (left.startsWith('fetch-')) await rm(join(cache, left), { recursive: true, force: true });
  }
  const work = await mkdtemp(join(cache, 'fetch-'));
  try {
    const downloads = join(work, 'downloads');
    await mkdir(downloads);
    const failure = await download(cache, downloads);
    if (failure !== undefined) return unavailable(failure);
    const unpacked = join(work, 'root');
    for (const file of await readdir(downloads)) {
      if (file.endsWith('.deb')) await execa('dpkg-deb', ['-x', join(downloads, file), unpacked]);
    }
    await mergeUsr(unpacked);
    const [kernelRelease] = await readdir(join(unpacked, 'usr/lib/uml/modules'));
    if (kernelRelease === undefined) return unavailable('user-mode-linux holds no modules');
    await symlink('uml/modules', join(unpacked, 'usr/lib/modules'));
    await writeFile(join(unpacked, kitFile), JSON.stringify({ kernelRelease }));
    await rename(unpacked, root);
    const kit = await readKit(root);
    return kit ? { kind: 'ready', kit } : unavailable(`${root} cannot be read`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runs(command: string): Promise<boolean> {
  const { failed } = await execa(command, ['--version'], { reject: false });
  return !failed;
}

/** With the system's package lists, or, where those are empty or outdated, with lists of our own. */
async function download(cache: string, folder: string): Promise<string | undefined> {
  const bySystem = await downloadWith([], folder);
  if (bySystem === undefined) return undefined;
  const apt = join(cache, 'apt');
  await mkdir(join(apt, 'lists/partial'), { recursive: true });
  await mkdir(join(apt, 'cache/archives/partial'), { recursive: true });
  const own = [
    '-o',
    `Dir::State::lists=${join(apt, 'lists')}`,
    '-o',
    `Dir::Cache=${join(apt, 'cache')}`,
  ];
  await execa('apt-get', [...aptOptions, ...own, 'update'], {
    reject: false,
    timeout: 300_000,
    stdin: 'ignore',
  });
  return await downloadWith(own, folder);
}

async function downloadWith(
  options: readonly string[],
  folder: string,
): Promise<string | undefined> {
  const packages = await missingPackages(options);
  const { failed, stderr, shortMessage } = await execa(
    'apt-get',
    [...aptOptions, ...options, 'download', ...packages],
    { cwd: folder, reject: false, timeout: 600_000, stdin: 'ignore' },
  );
  if (!failed) return undefined;
  const reason = stderr.split('\n').find((line) => line.startsWith('E: '));
  return `apt-get cannot download ${wanted[0]}: ${reason?.slice(3) ?? firstLine(shortMessage ?? '')}`;
}

/** What apt would install, without what the C library belongs to: that one is the host's. */
async function missingPackages(options: readonly string[]): Promise<string[]> {
  const { stdout, failed } = await execa(
    'apt-get',
    [...aptOptions, ...options, '--simulate', '--no-install-recommends', 'install', ...wanted],
    { reject: false, timeout: 60_000, stdin: 'ignore' },
  );
  const planned = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  const names = failed ? [...wanted, ...bookwormLibraries] : planned;
  const always = ['user-mode-linux', 'ipvsadm'];
  return [...new Set([...names, ...always])].filter(
    (name) => !/^(libc6|libc-bin|libcrypt1)$/.test(name),
  );
}

/** Moves `bin`, `sbin` and `lib` under `usr`, where they are on the host, and makes links relative. */
async function mergeUsr(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    const from = join(root, name);
    if (!existsSync(from)) continue;
    await execa('cp', ['-a', `${from}/.`, join(root, 'usr', name)]);
    await rm(from, { recursive: true });
  }
  const kmod = join(root, 'usr/bin/kmod');
  if (!existsSync(kmod)) return;
  for (const name of ['insmod', 'lsmod', 'modprobe']) {
    const link = join(root, 'usr/sbin', name);
    await rm(link, { force: true });
    await symlink('../bin/kmod', link);
  }
}

/** The lock file names the process that holds it; one whose process is gone holds no longer. */
async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!(await tryLock(path))) {
    if (await isAbandoned(path)) await rm(path, { force: true });
    else await sleep(200);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  if (holder > 0) return !isAlive(holder);
  const since = await stat(path).catch(() => undefined);
  return since !== undefined && Date.now() - since.mtimeMs > emptyLockMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
