import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { DrainEvent } from '../../src/domain/events/event.ts';

/** The built command of this tree. */
export const drainJs = fileURLToPath(new URL('../../bin/drain.js', import.meta.url));

export interface DrainRun {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as events; throws where it is none. */
  events(): readonly DrainEvent[];
}

/** Runs the built command in a pipe, as a script would, in an empty folder unless told otherwise. */
export async function drain(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Record<string, string>;
    readonly input?: string;
    /** The built command of another version. */
    readonly program?: string;
    readonly limitMs?: number;
  } = {},
): Promise<DrainRun> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [options.program ?? drainJs, ...args],
    {
      reject: false,
      cwd: options.cwd ?? tmpdir(),
      env: { NO_COLOR: '1', ...options.env },
      input: options.input ?? '',
      timeout: options.limitMs ?? 150_000,
    },
  );
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
