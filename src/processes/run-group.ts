import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { startTimer } from '../clock/long-timer.ts';
import { onAbort } from '../clock/on-abort.ts';
import type { CommandWords } from '../domain/command-words.ts';
import { childEnvironment } from './child-environment.ts';
import { outputTail } from './output-tail.ts';
import { hasMembers, signalGroup } from './process-group.ts';

export interface GroupCommand {
  readonly words: CommandWords;
  /** The variables on top of this process's own environment, of which secrets are left out. */
  readonly env: Readonly<Record<string, string>>;
  /** The command's standard input; without one there is nothing to read. */
  readonly input?: string;
}

export interface GroupLimits {
  /** Cuts the group off. */
  readonly signal: AbortSignal;
  /** The time, from the start, after which the group is cut off. */
  readonly timeoutMs?: number | undefined;
  /** The time between SIGTERM and SIGKILL for a group that is cut off. */
  readonly graceMs: number;
  /**
   * The fate of processes that the command leaves behind when it ends by itself: `killed`; `detached`,
   * with their output closed; or `heard`, for as long as this process lives.
   */
  readonly leftovers: 'killed' | 'detached' | 'heard';
  /** Hears the output as it comes. Where a promise is returned, reading waits for it. */
  readonly onOutput?: (chunk: Buffer, from: 'stdout' | 'stderr') => Promise<void> | undefined;
}

export type ProcessEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: string }
  /** `message` is not fit for a terminal as it is. */
  | { readonly kind: 'not-started'; readonly message: string }
  /** A process that no signal of this one's reaches, as under sudo, and that was cut off. */
  | { readonly kind: 'out-of-reach' };

export interface GroupEnd {
  readonly end: ProcessEnd;
  /** The reason why the group was cut off, where it was. */
  readonly cutOff: 'timed-out' | 'aborted' | undefined;
}

export interface RunningGroup {
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly ended: Promise<GroupEnd>;
  /** The last lines of the output so far, as one sentence: `copying; disk full`. */
  lastLines(most: { readonly lines: number; readonly characters?: number }): string;
}

/** The time that output may stay open after the command's end: a process left behind holds it. */
const afterglowMs = 200;

/**
 * Starts a command as the leader of a process group of its own, so that a Ctrl-C of the terminal does not
 * reach it, and looks after the group until its end. A group that is cut off gets SIGTERM, and what is
 * still there of it after the grace, or when the command and its output have ended, gets SIGKILL.
 */
export function runGroup(command: GroupCommand, limits: GroupLimits): RunningGroup {
  const { signal, timeoutMs, graceMs, leftovers, onOutput } = limits;
  const started = start(command);
  const { pid } = started;
  const tail = outputTail();
  for (const from of ['stdout', 'stderr'] as const) {
    const stream: Readable = started[from];
    stream.on('data', (chunk: Buffer) => {
      tail.add(chunk);
      const room = onOutput?.(chunk, from);
      if (!room) return;
      stream.pause();
      void room.then(() => stream.resume());
    });
    // The end of a stream that is torn off with its process is no news.
    stream.on('error', () => {});
  }

  let cutOff: GroupEnd['cutOff'];
  let isKilled = false;
  let exit: ProcessEnd | undefined;
  let graceTimer: NodeJS.Timeout | undefined;
  let afterglow: NodeJS.Timeout | undefined;
  const { promise, resolve } = openPromise<GroupEnd>();

  const settle = (end: ProcessEnd): void => {
    forget();
    stopLimit?.();
    for (const timer of [graceTimer, afterglow]) clearTimeout(timer);
    // Also when the command itself obeyed SIGTERM: something that it started may not have.
    if (cutOff || leftovers === 'killed') signalGroup(pid, 'SIGKILL');
    letGo(started, leftovers === 'heard');
    resolve({ end, cutOff });
  };
  const settleSoon = (end: ProcessEnd): void => {
    afterglow ??= setTimeout(settle, afterglowMs, end);
  };
  const kill = (): void => {
    isKilled = true;
    signalGroup(pid, 'SIGKILL');
    if (exit) settleSoon(exit);
    else if (leftovers !== 'heard') settleSoon({ kind: 'out-of-reach' });
  };
  const cut = (why: NonNullable<GroupEnd['cutOff']>): void => {
    // A command that has ended is not cut off: only its output is still open.
    if (cutOff || exit) return;
    cutOff = why;
    signalGroup(pid, 'SIGTERM');
    graceTimer = setTimeout(kill, graceMs);
  };

  const forget = onAbort(signal, () => cut('aborted'));
  const stopLimit =
    timeoutMs === undefined ? undefined : startTimer(timeoutMs, () => cut('timed-out'));
  started.once('exit', (exitCode, killedBy) => {
    exit = endOf(exitCode, killedBy);
    // The others of a group that is cut off have the grace to end, as far as their output is open.
    if (!cutOff || isKilled || !hasMembers(pid)) settleSoon(exit);
  });
  void started.then(({ exitCode, signal: killedBy, originalMessage }) => {
    const notStarted = exitCode === undefined && killedBy === undefined;
    settle(
      notStarted
        ? { kind: 'not-started', message: originalMessage ?? '' }
        : endOf(exitCode, killedBy),
    );
  });
  if (signal.aborted) cut('aborted');
  return { pid, ended: promise, lastLines: tail.lastLines };
}

// The return type is what execa makes of these options, far too long to write down.
function start({ words: [file, ...args], env, input }: GroupCommand) {
  return execa(file, args, {
    buffer: false,
    detached: true,
    reject: false,
    env: childEnvironment(env),
    extendEnv: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
}

const endOf = (
  exitCode: number | null | undefined,
  killedBy: string | null | undefined,
): ProcessEnd =>
  killedBy ? { kind: 'killed', signal: killedBy } : { kind: 'exited', exitCode: exitCode ?? 1 };

/** Lets go of a group, so that no process left behind or out of reach keeps this one alive. */
function letGo(started: ReturnType<typeof start>, isHeard: boolean): void {
  for (const stream of [started.stdout, started.stderr]) {
    if (!isHeard) stream.destroy();
    else if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
  started.unref();
}

function openPromise<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
