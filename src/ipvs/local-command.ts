import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { CommandWords } from '../domain/command-words.ts';
import { childEnvironment } from '../processes/child-environment.ts';
import { signalGroup } from '../processes/process-group.ts';
import type { CommandResult } from '../rollout/ports.ts';

export interface CommandLimits {
  readonly timeLimitMs?: number;
  /** The time that the command may go on after SIGTERM before SIGKILL. */
  readonly graceMs?: number;
  readonly maxOutputBytes?: number;
}

/** The most of a table: its listings have some 300 bytes a real server, so 200,000 of them fit. */
const mostTableBytes = 64_000_000;
/** The most of a connection table, below the longest string of V8 (2^29 - 24): 5 million fit. */
const mostConnectionsBytes = 500_000_000;
/** The most that a command has to say beside its output. */
const mostComplaintBytes = 1_000_000;

/** The most output of a command with this input: only `-Lnc` lists more than a table. */
const mostOutputOf = (stdin: string): number =>
  /^-Lnc$/m.test(stdin) ? mostConnectionsBytes : mostTableBytes;

/**
 * Runs a command of this machine, without a shell, and never longer than its time limit (10 s).
 *
 * The command gets a session of its own: a Ctrl-C in the terminal goes to the whole foreground
 * process group, and must not cut a batch of edits in the middle. For the same reason it outlives
 * this process. At its time limit it is ended with everything that it started.
 *
 * Written on `spawn` itself: this runs every second for as long as a drain takes, and a library
 * around it (execa) doubles what that costs.
 */
export async function runLocalCommand(
  command: CommandWords,
  stdin: string,
  limits: CommandLimits = {},
): Promise<CommandResult> {
  const { timeLimitMs = 10_000, graceMs = 1_000 } = limits;
  const { maxOutputBytes = mostOutputOf(stdin) } = limits;
  const started = start(command);
  if (started.kind === 'not-started') return started;
  const { child } = started;
  const { result, late } = await awaitEnd(
    child,
    resultOf(child, stdin, maxOutputBytes),
    timeLimitMs,
    graceMs,
  );
  if (late || result === undefined) return { kind: 'timed-out', afterMs: timeLimitMs };
  if (result.kind === 'too-much-output') signalGroup(child.pid, 'SIGKILL');
  return result;
}

type Child = ChildProcessWithoutNullStreams;
type NotStarted = Extract<CommandResult, { readonly kind: 'not-started' }>;

/**
 * Starts a command. A command that is too long, or a word of it with a NUL, is thrown at once; all
 * else comes as an event.
 */
function start([file, ...args]: CommandWords):
  | { readonly kind: 'started'; readonly child: Child }
  | NotStarted {
  try {
    const env = childEnvironment({ LC_ALL: 'C' });
    return { kind: 'started', child: spawn(file, args, { detached: true, env }) };
  } catch (error) {
    return notStarted(error as NodeJS.ErrnoException);
  }
}

/** Resolves when the command has ended and its output is complete, or is too much. */
function resultOf(child: Child, stdin: string, maxOutputBytes: number): Promise<CommandResult> {
  return new Promise((resolve) => {
    const tooMuch = (limitBytes: number): void => resolve({ kind: 'too-much-output', limitBytes });
    const stdout = gather(child.stdout, maxOutputBytes, tooMuch);
    const stderr = gather(child.stderr, Math.min(maxOutputBytes, mostComplaintBytes), tooMuch);
    child.on('error', (error: NodeJS.ErrnoException) => {
      // A signal that could not be sent is an error of a process that did start.
      if (child.pid === undefined) resolve(notStarted(error));
    });
    child.on('close', (exitCode, signal) =>
      resolve(
        signal === null
          ? { kind: 'exited', exitCode: exitCode ?? 1, stdout: stdout(), stderr: stderr() }
          : { kind: 'killed', signal, stderr: stderr() },
      ),
    );
    // It may end without having read all of it.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}

/** Gathers a stream byte for byte: the engine data in a connection table need not be UTF-8. */
function gather(stream: Readable, most: number, tooMuch: (most: number) => void): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= most) {
      chunks.push(chunk);
      return;
    }
    chunks.length = 0;
    // Whoever prints without end is not read while it is being ended.
    stream.destroy();
    tooMuch(most);
  });
  stream.on('error', () => {});
  return () => Buffer.concat(chunks).toString('latin1');
}

interface End {
  /** The result; absent when the command was given up, alive or not. */
  readonly result: CommandResult | undefined;
  readonly late: boolean;
}

/**
 * Waits for the end, which comes at the latest after limit and grace: what sudo runs as root may be
 * out of reach of our signals, and is then left behind.
 */
async function awaitEnd(
  child: Child,
  ended: Promise<CommandResult>,
  timeLimitMs: number,
  graceMs: number,
): Promise<End> {
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      late = true;
      signalGroup(child.pid, 'SIGTERM');
      timer = setTimeout(() => resolve(undefined), graceMs);
    }, timeLimitMs);
  });
  const result = await Promise.race([ended, givenUp]);
  clearTimeout(timer);
  // Also when the command itself obeyed SIGTERM: something that it started may not have.
  if (late) signalGroup(child.pid, 'SIGKILL');
  if (result === undefined) leaveBehind(child);
  return { result, late };
}

/** Leaves a process behind that nobody can end, so that it does not keep this one from ending. */
function leaveBehind(child: Child): void {
  child.stdin.destroy();
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
}

function notStarted({ code, message }: NodeJS.ErrnoException): NotStarted {
  if (code === 'ENOENT') return { kind: 'not-started', reason: 'not-found', message };
  const notPermitted = code === 'EACCES' || code === 'EPERM';
  return { kind: 'not-started', reason: notPermitted ? 'not-permitted' : 'other', message };
}
