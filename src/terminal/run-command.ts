import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { printableLines } from '../domain/printable.ts';
import type { ProcessIdentity, ServerCommand, ServerCommandEnd } from '../domain/server-command.ts';
import { signalGroup } from '../processes/process-group.ts';
import { startTicksOf } from '../processes/process-identity.ts';
import { linePrefixer } from './line-prefix.ts';
import type { ByteOutput } from './output.ts';

export interface CommandRun {
  readonly end: ServerCommandEnd;
  /** The last lines of what it said, as one sentence. */
  readonly lastLines: string;
}

export interface CommandWatch {
  /** Ends it: SIGTERM to its process group, and after a grace SIGKILL. */
  readonly kill: AbortSignal;
  readonly onStart: (started: ProcessIdentity) => void;
}

export interface CommandOutputs {
  readonly out: ByteOutput;
  readonly err: ByteOutput;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

/** How long output may be open after the command's end: something it left behind holds it. */
const afterglowMs = 200;
const tailBytes = 4_096;
const tailLines = 3;

/**
 * Runs an operator's command in a process group of its own, so that a Ctrl-C of the terminal does not
 * reach it, and hands its output on as it comes. What it leaves running, such as the server that it has
 * started, is left alone.
 */
export async function runServerCommand(
  { out, err, graceMs = 5_000 }: CommandOutputs,
  command: ServerCommand,
  { kill, onStart }: CommandWatch,
): Promise<CommandRun> {
  const started = start(command);
  const { pid } = started;
  const ended = endOf(started);
  let tail: Buffer = Buffer.alloc(0);
  const passOn = (stream: Readable | null, output: ByteOutput): (() => Promise<void>) => {
    const lines = command.prefix === undefined ? undefined : linePrefixer(command.prefix);
    stream?.on('data', (chunk: Buffer) => {
      tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-tailBytes));
      const room = output.writeBytes(lines ? lines.take(chunk) : chunk);
      if (!room) return;
      stream.pause();
      void room.then(() => stream.resume());
    });
    stream?.on('error', () => {});
    return async () => {
      const rest = lines?.end();
      if (rest && rest.length > 0) await output.writeBytes(rest);
    };
  };
  const flushes = [
    passOn(started.stdout, command.outTo === 'stdout' ? out : err),
    passOn(started.stderr, err),
  ];

  const endsGroup = groupEnder(pid, graceMs);
  kill.addEventListener('abort', endsGroup.begin);
  if (kill.aborted) endsGroup.begin();
  let timedOut = false;
  const { timeoutMs } = command;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          endsGroup.begin();
        }, timeoutMs);
  const startTicks = pid === undefined ? undefined : await startTicksOf(pid);
  if (pid !== undefined && startTicks !== undefined) onStart({ pid, startTicks });
  const end = await ended;
  clearTimeout(timer);
  endsGroup.done();
  kill.removeEventListener('abort', endsGroup.begin);
  for (const flush of flushes) await flush();
  // So that what it left behind does not keep this process from ending.
  for (const stream of [started.stdout, started.stderr]) unref(stream);
  started.unref();
  const lines = tail
    .toString()
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '');
  return {
    end: timedOut ? { kind: 'timed-out', afterMs: timeoutMs ?? 0 } : end,
    lastLines: printableLines(lines.slice(-tailLines).join('\n')),
  };
}

// The return type is what execa makes of these options, far too long to write down.
function start({ words: [file, ...args], env }: ServerCommand) {
  return execa(file, args, {
    buffer: false,
    detached: true,
    reject: false,
    stdin: 'ignore',
    env: { ...env },
  });
}

type Started = ReturnType<typeof start>;

async function endOf(started: Started): Promise<ServerCommandEnd> {
  const exited = new Promise<ServerCommandEnd>((resolve) => {
    started.once('exit', (exitCode, signal) => {
      const end: ServerCommandEnd =
        signal === null
          ? { kind: 'exited', exitCode: exitCode ?? 1 }
          : { kind: 'killed', signal: signal };
      setTimeout(resolve, afterglowMs, end);
    });
  });
  const complete = started.then(({ exitCode, signal, originalMessage }): ServerCommandEnd => {
    if (signal !== undefined) return { kind: 'killed', signal };
    return exitCode === undefined
      ? { kind: 'not-started', message: originalMessage ?? '' }
      : { kind: 'exited', exitCode };
  });
  return Promise.race([complete, exited]);
}

/** SIGTERM, and SIGKILL to all that is still there after the grace. */
function groupEnder(pid: number | undefined, graceMs: number) {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin(): void {
      if (timer) return;
      signalGroup(pid, 'SIGTERM');
      timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
    },
    done(): void {
      if (!timer) return;
      clearTimeout(timer);
      // Something that it started may not have obeyed.
      signalGroup(pid, 'SIGKILL');
    },
  };
}

function unref(stream: Readable | null): void {
  if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
}
