import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { runWarm } from './warm-drain.ts';

/** The built command of this tree. */
export const drainJs = fileURLToPath(new URL('../../bin/drain.js', import.meta.url));

export interface DrainRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as events; throws where it is none. */
  events(): readonly DrainEvent[];
}

/**
 * Runs the built command as a script would, in an empty folder unless told otherwise: in a process that
 * has run others before, where nothing but its words, folder and environment is looked at.
 */
export async function drain(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Record<string, string>;
    readonly input?: string;
    /** The built command of another version. */
    readonly program?: string;
    readonly limitMs?: number;
    /** A process of its own, for who looks at more than what a command prints. */
    readonly alone?: boolean;
  } = {},
): Promise<DrainRun> {
  const { cwd = tmpdir(), limitMs = 150_000, input = '', program } = options;
  const env: Record<string, string> = { NO_COLOR: '1', ...options.env };
  // What clients of etcd and ssh have begun ends with its process, and Node reads its own variables at its start.
  const isConnected = [...args, env.DRAIN_STATE].some((word) => /^(etcd|ssh)\b/.test(word ?? ''));
  const isForNode = Object.keys(env).some((variable) => variable.startsWith('NODE_'));
  const isNew = isConnected || isForNode || input !== '' || program !== undefined;
  const { exitCode, stdout, stderr } =
    options.alone || isNew
      ? await execa(process.execPath, [program ?? drainJs, ...args], {
          ...{ reject: false, cwd, env, input, timeout: limitMs },
        })
      : await runWarm(args, { cwd, env: { ...process.env, ...env }, limitMs });
  return { exitCode, stdout, stderr, events: () => parseEvents(stdout) };
}

export const parseEvents = (stdout: string): readonly DrainEvent[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as DrainEvent);

/** A folder that is gone after the test. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-test-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An `ipvsadm` of a few lines of shell; its folder goes first in PATH. */
export async function fakeIpvsadm(folder: string, script: string): Promise<Record<string, string>> {
  const file = join(folder, 'ipvsadm');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return { PATH: `${folder}:/usr/bin:/bin` };
}
