import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * A program of one of Debian's packages. The package is fetched on first use into
 * `$XDG_CACHE_HOME/drain-lab`, and unpacked there: no root, nothing installed. Packages fit the
 * distribution they come from. Rejects where it cannot be had.
 */
export async function programOf(name: string, program: string): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const id = createHash('sha256').update(release).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'drain-lab');
  const root = join(cache, `${name}-${id}`);
  const file = join(root, program);
  if (await stat(file).catch(() => undefined)) return file;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, `unpack-${name}-`));
  try {
    await download(name, work);
    const [deb = ''] = (await readdir(work)).filter((one) => one.endsWith('.deb'));
    const unpacked = join(work, 'root');
    await execa('dpkg-deb', ['-x', join(work, deb), unpacked]);
    // Somebody else may have been quicker; then theirs is as good.
    await rename(unpacked, root).catch(() => undefined);
    await stat(file);
    return file;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** With the system's package lists, or, where those are empty or outdated, with lists of our own. */
async function download(name: string, folder: string): Promise<void> {
  const options = [
    ...['-o', 'Debug::NoLocking=1', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30'],
    ...(process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []),
  ];
  const apt = (...args: readonly string[]) =>
    execa('apt-get', [...options, ...args], { cwd: folder, timeout: 300_000, stdin: 'ignore' });
  try {
    await apt('download', name);
  } catch {
    await mkdir(join(folder, 'lists/partial'), { recursive: true });
    await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
    const lists = `Dir::State::lists=${join(folder, 'lists')}`;
    const own = ['-o', lists, '-o', `Dir::Cache=${join(folder, 'cache')}`];
    await apt(...own, 'update');
    await apt(...own, 'download', name);
  }
}

/** Why a program cannot be had, in one line. */
export const whyNot = (error: unknown): string =>
  `it cannot be fetched: ${(error as Error).message.trim().split('\n').at(-1) ?? ''}`;
