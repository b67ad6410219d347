import { execa } from 'execa';
import type { CommandWords } from '../domain/command-words.ts';
import { signalGroup } from '../processes/process-group.ts';
import type { CommandResult } from '../rollout/ports.ts';

export interface CommandLimits {
  readonly timeLimitMs?: number;
  /** How long it may go on after SIGTERM before it gets SIGKILL. */
  readonly graceMs?: number;
  readonly maxOutputBytes?: number;
}

/** Below the longest string of V8 (2^29 - 24); a listing of 5 million connections fits. */
const defaultMaxOutputBytes = 500_000_000;

/**
 * Runs a command of this machine, without a shell, and never longer than its time limit (10 s).
 *
 * The command gets a session of its own: a Ctrl-C in the terminal goes to the whole foreground
 * process group, and must not cut a batch of edits in the middle. For the same reason it outlives
 * this process. At its time limit it is ended with everything that it started.
 */
export async function runLocalCommand(
  [file, ...args]: CommandWords,
  stdin: string,
  limits: CommandLimits = {},
): Promise<CommandResult> {
  const { timeLimitMs = 10_000, graceMs = 1_000 } = limits;
  const { maxOutputBytes = defaultMaxOutputBytes } = limits;
  const started = start(file, args, stdin, maxOutputBytes);
  const { outcome, late } = await awaitEnd(started, timeLimitMs, graceMs);
  if (late || outcome === undefined) return { kind: 'timed-out', afterMs: timeLimitMs };
  if (!outcome.isMaxBuffer) return resultOf(outcome);
  signalGroup(started.pid, 'SIGKILL');
  return { kind: 'too-much-output', limitBytes: maxOutputBytes };
}

// The return type is what execa makes of these options, far too long to write down.
function start(file: string, args: readonly string[], input: string, maxBuffer: number) {
  return execa(file, args, {
    input,
    maxBuffer,
    detached: true,
    reject: false,
    stripFinalNewline: false,
    // Byte for byte: the engine data in a connection table need not be UTF-8.
    encoding: 'latin1',
    env: { LC_ALL: 'C' },
  });
}

type Started = ReturnType<typeof start>;
type Outcome = Awaited<Started>;

interface End {
  /** Absent when the command was given up, alive or not. */
  readonly outcome: Outcome | undefined;
  readonly late: boolean;
}

/**
 * Waits for the end, which comes at the latest after limit and grace: what sudo runs as root may be
 * out of reach of our signals, and is then left behind.
 */
async function awaitEnd(started: Started, timeLimitMs: number, graceMs: number): Promise<End> {
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      late = true;
      signalGroup(started.pid, 'SIGTERM');
      timer = setTimeout(() => resolve(undefined), graceMs);
    }, timeLimitMs);
  });
  const outcome = await Promise.race([started, givenUp]);
  clearTimeout(timer);
  // Also when the command itself obeyed SIGTERM: something that it started may not have.
  if (late) signalGroup(started.pid, 'SIGKILL');
  if (outcome === undefined) leaveBehind(started);
  return { outcome, late };
}

/** So that a process that nobody can end does not keep this one from ending. */
function leaveBehind(started: Started): void {
  started.stdin?.destroy();
  started.stdout?.destroy();
  started.stderr?.destroy();
  started.unref();
}

function resultOf(outcome: Outcome): CommandResult {
  const { exitCode, signal, code, stdout, stderr } = outcome;
  if (exitCode !== undefined) return { kind: 'exited', exitCode, stdout, stderr };
  if (signal !== undefined) return { kind: 'killed', signal, stderr };
  const message = outcome.originalMessage ?? outcome.shortMessage ?? 'it did not start';
  if (code === 'ENOENT') return { kind: 'not-started', reason: 'not-found', message };
  const notPermitted = code === 'EACCES' || code === 'EPERM';
  return { kind: 'not-started', reason: notPermitted ? 'not-permitted' : 'other', message };
}
