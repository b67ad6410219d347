import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProcessIdentity, ServerCommand } from '../../../src/domain/around/server-command.ts';
import type { CommandWords } from '../../../src/domain/command-words.ts';
import { commandExists } from '../../../src/processes/find-command.ts';
import { startTicksOf } from '../../../src/processes/process-identity.ts';
import { linePrefixer } from '../../../src/terminal/line-prefix.ts';
import { runServerCommand } from '../../../src/terminal/run-command.ts';
import { withFolder } from '../../support/drain-command.ts';
import { eventually } from '../../support/eventually.ts';

/** Runs it, and collects what it said on each side. */
async function run(
  words: CommandWords,
  more: Partial<ServerCommand> = {},
  { kill = new AbortController().signal, graceMs = 300, onOutput = () => {} } = {},
) {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  const into = (chunks: Buffer[]) => ({
    writeBytes: (bytes: Uint8Array) => {
      chunks.push(Buffer.from(bytes));
      onOutput();
      return undefined;
    },
  });
  const started: ProcessIdentity[] = [];
  const result = await runServerCommand(
    { out: into(out), err: into(err), graceMs },
    { words, env: {}, outTo: 'stdout', ...more },
    { kill, onStart: (process) => started.push(process) },
  );
  return { ...result, started, out: Buffer.concat(out), err: Buffer.concat(err) };
}

const sh = (script: string, ...args: readonly string[]): CommandWords => [
  '/bin/sh',
  '-c',
  script,
  'sh',
  ...args,
];

describe('a command for a server', () => {
  it('has its output passed on byte by byte, and no standard input', async () => {
    const ran = await run(sh(`printf '\\377\\033[1m'; cat; printf done >&2; exit 3`));
    expect([...ran.out]).toEqual([0xff, 0x1b, ...Buffer.from('[1m')]);
    expect(ran.err.toString()).toBe('done');
    expect(ran.end).toEqual({ kind: 'exited', exitCode: 3 });
    // What is repeated in a message is fit for a terminal.
    expect(ran.lastLines).toContain('\\x1b[1m');
  });

  it('beside others has its name before every line, and its output elsewhere if that is asked for', async () => {
    const ran = await run(sh('echo a; printf b; echo c >&2'), {
      prefix: '[10.0.0.1] ',
      outTo: 'stderr',
    });
    expect(ran.out.length).toBe(0);
    expect(ran.err.toString().split('\n').sort()).toEqual([
      '',
      '[10.0.0.1] a',
      '[10.0.0.1] b',
      '[10.0.0.1] c',
    ]);
  });

  it('gets its words as they are: no shell reads them', async () => {
    const hostile = ['$(touch X)', '`id`', ';reboot', '\' " \\', '*', '\n', '--', ''];
    const ran = await run([
      process.execPath,
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...hostile,
    ]);
    expect(JSON.parse(ran.out.toString())).toEqual(hostile);
  });

  it('that is not there is an end like any other', async () => {
    const ran = await run(['/no/such/command']);
    expect(ran.end).toMatchObject({ kind: 'not-started' });
    expect(ran.started).toEqual([]);
  });

  it('is ended with its whole group, past its time or when it is killed, though it ignores SIGTERM', async () => {
    const stubborn = sh('trap "" TERM; echo up; sleep 60 & wait; sleep 60');
    const late = await run(stubborn, { timeoutMs: 100 });
    expect(late.end).toEqual({ kind: 'timed-out', afterMs: 100 });
    const kill = new AbortController();
    // Only when it has said so, it ignores SIGTERM.
    const killed = await run(stubborn, {}, { kill: kill.signal, onOutput: () => kill.abort() });
    expect(killed.end).toEqual({ kind: 'killed', signal: 'SIGKILL' });
  });

  it('may leave a server running, which is neither waited for nor ended', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'pid');
      const ran = await run(sh('sleep 30 & echo $! >"$1"; echo started', file));
      expect(ran.end).toEqual({ kind: 'exited', exitCode: 0 });
      expect(ran.out.toString()).toBe('started\n');
      const pid = Number(await readFile(file, 'utf8'));
      expect(await startTicksOf(pid)).toBeDefined();
      process.kill(pid);
      await eventually(async () => expect(await startTicksOf(pid)).toBeUndefined());
    }));

  it('is found the way the system would find it', async () => {
    expect(await commandExists('sh', '/nowhere:/bin')).toBe(true);
    expect(await commandExists('sh', '/nowhere')).toBe(false);
    expect(await commandExists('/bin/sh', '')).toBe(true);
    expect(await commandExists('/bin', '/')).toBe(false);
    expect(await commandExists('/etc/passwd', '')).toBe(false);
  });
});

describe('prefixed lines', () => {
  it('are whole ones, and one that never ends is cut', () => {
    const lines = linePrefixer('> ');
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    expect(text(lines.take(Buffer.from('a')))).toBe('');
    expect(text(lines.take(Buffer.from('b\n\nc')))).toBe('> ab\n> \n');
    expect(text(lines.end())).toBe('> c\n');
    expect(text(lines.end())).toBe('');
    const endless = text(lines.take(Buffer.alloc(70_000, 'x')));
    expect(endless).toBe(`> ${'x'.repeat(65_536)}\n`);
  });
});
