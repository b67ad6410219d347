import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Channel } from './channel.ts';
import type { Kit } from './provision.ts';
import { SerialLine } from './serial-line.ts';
import { topologyScript } from './topology.ts';

/** A running kernel with its networks up and its agent answering. */
export interface Kernel {
  readonly release: string;
  readonly channel: Channel;
  /** The one folder that both the host and the lab can write, under the same path. */
  readonly folder: string;
  readonly bootMs: number;
  /** Its messages, for a failure report. */
  consoleText(): string;
  stop(): Promise<void>;
}

const here = dirname(fileURLToPath(import.meta.url));
export const repository = join(here, '../../..');

const memoryMb = 768;
const bootLimitMs = 120_000;
const lifeLimitS = 60 * 60;
const pingEveryMs = 5_000;

/** Boots the kernel; throws with the end of its console when it does not come up. */
export async function boot(kit: Kit): Promise<Kernel> {
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'drain-lab-'));
  writeFileSync(join(folder, 'lab.env'), environment(kit, folder));
  writeFileSync(join(folder, 'topology.sh'), topologyScript());
  const consoleFile = join(folder, 'console.log');
  const log = openSync(consoleFile, 'w');
  const [command, ...args] = kernelCommand(kit, { folder, init: 'init.sh', limitS: lifeLimitS });
  const child = spawn(command, [...args, ...labArguments(folder)], {
    stdio: ['pipe', log, log, 'pipe', 'pipe'],
    detached: true,
    cwd: folder,
    env: kernelEnvironment(folder),
  });
  closeSync(log);
  const line = new SerialLine(
    child.stdio[3] as Writable,
    child.stdio[4] as Readable,
    folder,
    (text) => channel.receive(text),
  );
  const channel = new Channel((text) => line.write(text));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const consoleText = () => readFileSync(consoleFile, 'utf8');
  child.on('exit', () => channel.close('the lab has ended'));
  const ready = new Promise<string>((resolve, reject) => {
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`${what}; the end of its console:\n${consoleText().slice(-2000)}`));
    };
    const failToStart = ({ message }: Error) => fail(message);
    const failToLive = () => fail('the kernel ended');
    const timer = setTimeout(() => fail(`no sign of life in ${bootLimitMs} ms`), bootLimitMs);
    child.once('error', failToStart);
    child.once('exit', failToLive);
    channel.onEvent = ({ release }) => {
      clearTimeout(timer);
      child.off('error', failToStart);
      child.off('exit', failToLive);
      resolve(String(release));
    };
  });
  const stop = async () => {
    clearInterval(pinger);
    child.stdin?.destroy();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const pinger = setInterval(() => channel.request({ op: 'ping' }).catch(() => {}), pingEveryMs);
  pinger.unref();
  try {
    const release = await ready;
    const bootMs = Math.round(performance.now() - startedAt);
    return { release, channel, folder, bootMs, consoleText, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What starts a kernel whose first process is `init`, a script beside this file; see keeper.sh. */
export function kernelCommand(
  kit: Kit,
  run: { readonly folder: string; readonly init: string; readonly limitS: number },
): readonly [string, ...string[]] {
  const { folder, init, limitS } = run;
  const { program, loader, libraries } = kit.kernel;
  copyFileSync(join(here, init), join(folder, init));
  if (loader !== undefined) symlinkSync(loader, join(folder, 'ld.so'));
  return [
    ...(['bash', join(here, 'keeper.sh'), String(limitS), folder] as const),
    ...(libraries === undefined ? [] : ['env', `LD_LIBRARY_PATH=${libraries}`]),
    // A kernel that does not know `seccomp` hands it to its init, which does not mind.
    ...[program, 'seccomp=auto'],
    ...[`mem=${memoryMb}M`, 'rootfstype=hostfs', 'ro', `init=${join(folder, init)}`],
    ...[`uml_dir=${folder}`, 'con=null', 'con0=null,fd:1', 'ssl=null', 'quiet'],
  ];
}

export const kernelEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: folder,
  TMPDIR: memoryFolder(),
});

const labArguments = (folder: string): readonly string[] => [`LAB_DIR=${folder}`, 'ssl0=fd:3,fd:4'];

const environment = (kit: Kit, folder: string): string =>
  Object.entries({
    LAB_DIR: folder,
    LAB_KIT: kit.root,
    LAB_KERNEL: kit.kernel.root,
    LAB_REPO: repository,
    LAB_NODE_DIR: dirname(process.execPath),
  })
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');

/** The guest's memory is a file that must be mapped executable: a large enough tmpfs, else a disk. */
function memoryFolder(): string {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const shm = mounts.map((line) => line.split(' ')).findLast(([, folder]) => folder === '/dev/shm');
  const [, , type, options = ''] = shm ?? [];
  if (type !== 'tmpfs' || options.split(',').includes('noexec')) return tmpdir();
  const { bavail, bsize } = statfsSync('/dev/shm');
  return bavail * bsize > (memoryMb + 64) * 1024 * 1024 ? '/dev/shm' : tmpdir();
}
