import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { withLockFile } from './lock-file.ts';

/** Packages that are unpacked into one folder. */
export interface Unpacking {
  readonly names: readonly string[];
  /** With the libraries that they are linked with, whether or not the host has them. */
  readonly withLibraries?: boolean | undefined;
  /** Another suite of Debian than the machine's own, `forky`, from the machine's mirror. */
  readonly suite?: string | undefined;
  /** What is left to do with the unpacked files, part of the folder's name. */
  readonly finish?: { readonly recipe: string; run(root: string): Promise<void> } | undefined;
}

/** The C library and its own parts are the host's: each of its programs is started by them. */
const ofTheHost = /^(libc6|libc-bin|libcrypt1)$/;
const isLibrary = (name: string): boolean => /^(lib|zlib)/.test(name) && !/-perl$/.test(name);

const aptOptions = [
  ...['-o', 'Debug::NoLocking=1', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30'],
  ...(process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []),
];

/**
 * A program of one of Debian's packages, which needs no library but the C library. See `unpacked`.
 */
export const programOf = async (name: string, program: string): Promise<string> =>
  fileOf(await unpacked({ names: [name] }), program);

/** Rejects where the package has no such file (any more). */
export async function fileOf(root: string, file: string): Promise<string> {
  const path = join(root, file);
  await stat(path);
  return path;
}

/** For LD_LIBRARY_PATH. */
export const librariesIn = (root: string): string =>
  join(root, 'usr/lib', process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu');

/**
 * The folder in which the packages lie as they would under `/`, all of it under `usr`. They are
 * fetched with apt-get on first use into `$XDG_CACHE_HOME/drain-lab`, and unpacked there: no root,
 * nothing installed. Rejects where they cannot be had.
 */
export async function unpacked(unpacking: Unpacking): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'drain-lab');
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const root = join(cache, folderName(unpacking, release));
  if (existsSync(root)) return root;
  await mkdir(cache, { recursive: true });
  await withLockFile(join(cache, 'lock'), async () => {
    if (!existsSync(root)) await fetchInto(root, { cache, unpacking });
  });
  return root;
}

/**
 * Names the folder for all that decides what lies in it: packages fit the distribution they come from,
 * and what is installed on the host has no say.
 */
export function folderName(unpacking: Unpacking, release: string): string {
  const { names, withLibraries, suite, finish } = unpacking;
  const made = [names, withLibraries ?? false, finish?.recipe ?? ''];
  const parts = [release, process.arch, ...made, ...(suite === undefined ? [] : [suite])];
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
  return `${names[0]}-${hash}`;
}

async function fetchInto(
  root: string,
  { cache, unpacking }: { readonly cache: string; readonly unpacking: Unpacking },
): Promise<void> {
  for (const program of ['apt-get', 'dpkg-deb']) {
    const { failed } = await execa(program, ['--version'], { reject: false });
    if (failed) throw new Error('apt-get and dpkg-deb, which fetch it, are not on the PATH');
  }
  for (const left of await readdir(cache)) {
    if (left.startsWith('fetch-')) await rm(join(cache, left), { recursive: true, force: true });
  }
  const work = await mkdtemp(join(cache, 'fetch-'));
  try {
    const downloads = join(work, 'downloads');
    const made = join(work, 'root');
    await mkdir(downloads);
    await download(unpacking, { cache, downloads });
    for (const file of await readdir(downloads)) {
      if (file.endsWith('.deb')) await execa('dpkg-deb', ['-x', join(downloads, file), made]);
    }
    await mergeUsr(made);
    await unpacking.finish?.run(made);
    await rename(made, root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** With the system's package lists, or, where those are empty or outdated, with lists of our own. */
async function download(
  unpacking: Unpacking,
  { cache, downloads }: { readonly cache: string; readonly downloads: string },
): Promise<void> {
  if (unpacking.suite !== undefined) {
    const ofSuite = await listsOfSuite(unpacking.suite, { cache, known: unpacking.names[0] ?? '' });
    return downloadWith(ofSuite, { unpacking, downloads });
  }
  try {
    await downloadWith([], { unpacking, downloads });
  } catch {
    await downloadWith(await ownLists(join(cache, 'apt')), { unpacking, downloads });
  }
}

async function ownLists(folder: string, sources: readonly string[] = []): Promise<string[]> {
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  const lists = `Dir::State::lists=${join(folder, 'lists')}`;
  const own = [...sources, '-o', lists, '-o', `Dir::Cache=${join(folder, 'cache')}`];
  await aptGet([...own, 'update'], { reject: false });
  return own;
}

const debianKeys = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** `known` is a package of the machine's own suite: the suite is taken from where that would be. */
async function listsOfSuite(
  suite: string,
  { cache, known }: { readonly cache: string; readonly known: string },
): Promise<string[]> {
  await stat(debianKeys);
  const print = ['--print-uris', 'download', known];
  const { stdout } = await aptGet(print).catch(async () =>
    aptGet([...(await ownLists(join(cache, 'apt'))), ...print]),
  );
  const mirror = /^'([^']+)\/pool\//m.exec(stdout)?.[1];
  if (mirror === undefined)
    throw new Error(`no mirror of Debian is known that could have ${suite}`);
  const folder = join(cache, `apt-${suite}`);
  const list = join(folder, 'sources.list');
  await mkdir(folder, { recursive: true });
  await writeFile(list, `deb [signed-by=${debianKeys}] ${mirror} ${suite} main\n`);
  return await ownLists(folder, [
    ...['-o', `Dir::Etc::sourcelist=${list}`],
    ...['-o', 'Dir::Etc::sourceparts=-'],
  ]);
}

async function downloadWith(
  options: readonly string[],
  { unpacking, downloads }: { readonly unpacking: Unpacking; readonly downloads: string },
): Promise<void> {
  const { names, withLibraries } = unpacking;
  const libraries = withLibraries ? await librariesOf(names, options) : [];
  const all = [...new Set([...names, ...libraries])];
  await aptGet([...options, 'download', ...all], { cwd: downloads });
}

/** Those that apt would install with the packages on a machine that has nothing yet. */
async function librariesOf(
  names: readonly string[],
  options: readonly string[],
): Promise<readonly string[]> {
  const nothing = ['-o', 'Dir::State::status=/dev/null'];
  const args = ['--simulate', '--no-install-recommends', 'install', ...names];
  const { stdout } = await aptGet([...options, ...nothing, ...args]);
  const planned = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  return planned.filter((name) => isLibrary(name) && !ofTheHost.test(name));
}

async function aptGet(
  args: readonly string[],
  options: { readonly cwd?: string; readonly reject?: boolean } = {},
): Promise<{ readonly stdout: string }> {
  const limits = { timeout: 600_000, stdin: 'ignore' } as const;
  const { stdout, stderr, failed, shortMessage } = await execa(
    'apt-get',
    [...aptOptions, ...args],
    {
      ...options,
      ...limits,
      reject: false,
    },
  );
  if (failed && options.reject !== false) {
    const reason = stderr.split('\n').find((line) => line.startsWith('E: '));
    throw new Error(reason?.slice(3) ?? shortMessage ?? 'apt-get failed');
  }
  return { stdout };
}

/** Moves `bin`, `sbin` and `lib` under `usr`, where they are on the host. */
async function mergeUsr(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    const from = join(root, name);
    if (!existsSync(from)) continue;
    await mkdir(join(root, 'usr', name), { recursive: true });
    await execa('cp', ['-a', `${from}/.`, join(root, 'usr', name)]);
    await rm(from, { recursive: true });
  }
}

/** Why a program cannot be had, in one line. */
export const whyNot = (error: unknown): string =>
  `it cannot be fetched: ${(error as Error).message.trim().split('\n').at(-1) ?? ''}`;
