import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

export type StartedPrometheus =
  | { readonly kind: 'running'; readonly prometheus: Prometheus }
  | { readonly kind: 'unavailable'; readonly reason: string };

/**
 * A real Prometheus that scrapes itself once a second. Debian's package is fetched on first use (19
 * MB) into `$XDG_CACHE_HOME/drain-lab`, and unpacked there: no root, nothing installed.
 */
export async function startPrometheus(): Promise<StartedPrometheus> {
  const program = await findProgram().catch((error: Error) => error);
  if (program instanceof Error) {
    const reason = program.message.trim().split('\n').at(-1) ?? '';
    return { kind: 'unavailable', reason: `it cannot be fetched: ${reason}` };
  }
  const folder = await mkdtemp(join(tmpdir(), 'drain-prometheus-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'prometheus.yml');
  await writeFile(
    config,
    `global: { scrape_interval: 1s }
scrape_configs: [{ job_name: self, static_configs: [{ targets: ['${listen}'] }] }]
`,
  );
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  const child = spawn(program, [...args, `--web.listen-address=${listen}`], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    kind: 'running',
    prometheus: {
      url: `http://${listen}`,
      async stop() {
        child.kill('SIGKILL');
        await ended;
        await rm(folder, { recursive: true, force: true });
      },
    },
  };
}

/** The unpacked package's program; packages fit the distribution they come from. */
async function findProgram(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const id = createHash('sha256').update(release).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'drain-lab');
  const root = join(cache, `prometheus-${id}`);
  const program = join(root, 'usr/bin/prometheus');
  if (await stat(program).catch(() => undefined)) return program;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'unpack-prometheus-'));
  try {
    await download(work);
    const [file = ''] = (await readdir(work)).filter((name) => name.endsWith('.deb'));
    const unpacked = join(work, 'root');
    await execa('dpkg-deb', ['-x', join(work, file), unpacked]);
    // Somebody else may have been quicker; then theirs is as good.
    await rename(unpacked, root).catch(() => undefined);
    await stat(program);
    return program;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** With the system's package lists, or, where those are empty or outdated, with lists of our own. */
async function download(folder: string): Promise<void> {
  const options = [
    ...['-o', 'Debug::NoLocking=1', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30'],
    ...(process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []),
  ];
  const apt = (...args: readonly string[]) =>
    execa('apt-get', [...options, ...args], { cwd: folder, timeout: 300_000, stdin: 'ignore' });
  try {
    await apt('download', 'prometheus');
  } catch {
    await mkdir(join(folder, 'lists/partial'), { recursive: true });
    await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
    const lists = `Dir::State::lists=${join(folder, 'lists')}`;
    const own = ['-o', lists, '-o', `Dir::Cache=${join(folder, 'cache')}`];
    await apt(...own, 'update');
    await apt(...own, 'download', 'prometheus');
  }
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
