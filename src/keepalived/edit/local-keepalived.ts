import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { CommandWords } from '../../domain/command-words.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { optionIn } from '../../files/keepalived/command-line.ts';
import { filesRead } from '../../files/keepalived/read-lines.ts';
import { runGroup } from '../../processes/run-group.ts';
import type { Keepalived, RunningFile } from './conf-host.ts';
import type { TestAnswer } from './job.ts';

/** The process of keepalived that reads the configuration, as it was started. */
interface Parent {
  readonly pid: number;
  readonly main: string;
  readonly configId: string;
  /** `-i ID`, where it was given. */
  readonly idWords: readonly string[];
}

const waitMs = 50;
const testLimitMs = 60_000;

/**
 * The keepalived of this network namespace. What it has read is in its own copy of its configuration, which
 * it keeps open in memory (or, with `tmp_config_directory`, in a file that has no name any more).
 */
export const localKeepalived = (reloadWords?: CommandWords): Keepalived => ({
  async running() {
    const parent = await findParent();
    if (!parent.ok || !parent.value) return parent.ok ? ok(undefined) : parent;
    const { pid, configId } = parent.value;
    for (let tries = 0; tries < 40; tries++) {
      const files = await readCopy(parent.value);
      if (files) return ok({ configId, files });
      await new Promise((wait) => setTimeout(wait, waitMs));
    }
    return fail({
      kind: 'preflight',
      what: `keepalived (pid ${pid}) has no copy of its configuration that drain could read`,
      next: 'run the command as root, with keepalived 2.1 or later; or edit the file by hand',
    });
  },
  async test() {
    const parent = await someParent();
    return parent.ok ? testWith(parent.value, parent.value.main) : parent;
  },
  async testFile(path) {
    const parent = await someParent();
    return parent.ok ? testWith(parent.value, path) : parent;
  },
  async reload() {
    const parent = await someParent();
    if (!parent.ok) return parent;
    if (reloadWords) return runReload(reloadWords);
    try {
      process.kill(parent.value.pid, 'SIGHUP');
      return ok(undefined);
    } catch (error) {
      const what = `keepalived (pid ${parent.value.pid}) cannot be told to reload: ${printable(`${error}`)}`;
      return fail({ kind: 'preflight', what, next: 'run the command as root' });
    }
  },
});

async function someParent(): Promise<Result<Parent>> {
  const parent = await findParent();
  if (!parent.ok) return parent;
  if (parent.value) return ok(parent.value);
  return fail({
    kind: 'preflight',
    what: 'no keepalived runs here',
    next: 'start it, and run the command again',
  });
}

async function findParent(): Promise<Result<Parent | undefined>> {
  const own = await readlink('/proc/self/ns/net').catch(() => '');
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || (await commOf(name)) !== 'keepalived') continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
    const namespace = await readlink(`/proc/${name}/ns/net`).catch(() => own);
    if (namespace === own && (await commOf(parent)) !== 'keepalived') pids.push(Number(name));
  }
  const [pid, second] = pids;
  if (pid === undefined) return ok(undefined);
  if (second !== undefined) {
    return fail({
      kind: 'preflight',
      what: `more than one keepalived runs here: pids ${pids.join(', ')}`,
      next: 'edit the files by hand',
    });
  }
  return parentOf(pid);
}

const commOf = async (pid: string): Promise<string> =>
  (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();

async function parentOf(pid: number): Promise<Result<Parent>> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const words = text.split('\0').filter((word) => word !== '');
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '/');
  const id = optionIn(words, '-i', '--config-id');
  const named = optionIn(words, '-f', '--use-file') ?? '/etc/keepalived/keepalived.conf';
  const main = resolve(folder, named);
  const [here, there] = await Promise.all(
    [main, `/proc/${pid}/root${main}`].map((path) => stat(path).catch(() => undefined)),
  );
  if (!here || here.ino !== there?.ino || here.dev !== there.dev) {
    return fail({
      kind: 'preflight',
      what: `keepalived (pid ${pid}) has its files elsewhere: ${printable(main)} is not the same for it`,
      next: 'run the command where keepalived runs, or edit the file by hand',
    });
  }
  const configId = id ?? hostname().split('.')[0] ?? '';
  return ok({ pid, main, configId, idWords: id === undefined ? [] : ['-i', id] });
}

const copyName = /^(\/memfd:\/?keepalived\/consolidated_configuration|\/.*\/#\d+) \(deleted\)$/;

/** Undefined where there is none, or it is just being written. */
async function readCopy({ pid, main }: Parent): Promise<readonly RunningFile[] | undefined> {
  const folder = `/proc/${pid}/fd`;
  for (const fd of await readdir(folder).catch(() => [])) {
    const name = await readlink(`${folder}/${fd}`).catch(() => '');
    if (!copyName.test(name)) continue;
    const copy = await readFile(`${folder}/${fd}`, 'latin1').catch(() => '');
    const read = filesRead(copy);
    if (!read) continue;
    const files: RunningFile[] = [];
    for (const { path, includedBy, lines } of read) {
      const by = includedBy === undefined ? undefined : files[includedBy];
      const opened = by ? resolve(by.folder, path) : main;
      const real = await realpath(opened).catch(() => opened);
      files.push({ path: real, folder: dirname(opened), includedBy: by?.path, lines });
    }
    return files;
  }
  return undefined;
}

async function testWith({ pid, idWords }: Parent, file: string): Promise<Result<TestAnswer>> {
  let said = '';
  const words: CommandWords = [`/proc/${pid}/exe`, '-t', ...idWords, '-f', file];
  const group = runGroup(
    { words, env: {} },
    {
      signal: new AbortController().signal,
      timeoutMs: testLimitMs,
      graceMs: 1_000,
      leftovers: 'killed',
      onOutput: (chunk) => {
        said += chunk.toString('latin1');
        return undefined;
      },
    },
  );
  const { end } = await group.ended;
  if (end.kind === 'exited') return ok({ code: end.exitCode, said: messagesIn(said, file) });
  return fail({
    kind: 'preflight',
    what: `keepalived's configuration test could not be made: ${end.kind}`,
    next: `try it by hand: keepalived -t -f ${printable(file)}`,
  });
}

/** Messages without the place that they name: an edit moves what stands behind it. */
const messagesIn = (text: string, file: string): readonly string[] =>
  text
    .split('\n')
    .map((line) =>
      line
        .replace(/^\(.*?:? ?Line \d+\) /, '')
        .replaceAll(file, 'FILE')
        .trim(),
    )
    .filter((line) => line !== '');

async function runReload(words: CommandWords): Promise<Result<void>> {
  const limits = { timeoutMs: testLimitMs, graceMs: 1_000, leftovers: 'killed' } as const;
  const group = runGroup({ words, env: {} }, { signal: new AbortController().signal, ...limits });
  const { end } = await group.ended;
  if (end.kind === 'exited' && end.exitCode === 0) return ok(undefined);
  const how = end.kind === 'exited' ? `ended with ${end.exitCode}` : end.kind;
  const last = group.lastLines({ lines: 3 });
  return fail({
    kind: 'preflight',
    what: `${printable(words.join(' '))} ${how}${last === '' ? '' : `: ${last}`}`,
    next: 'see why, and run the command again',
  });
}
