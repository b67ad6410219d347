import type {
  ProcessIdentity,
  ServerCommand,
  ServerCommandEnd,
} from '../domain/around/server-command.ts';
import { startTicksOf } from '../processes/process-identity.ts';
import { type GroupEnd, runGroup } from '../processes/run-group.ts';
import { linePrefixer } from './line-prefix.ts';
import type { ByteOutput } from './output.ts';

export interface CommandRun {
  readonly end: ServerCommandEnd;
  /** The last lines of the command's output, as one sentence. */
  readonly lastLines: string;
}

export interface CommandWatch {
  /** Ends the command: SIGTERM to its process group, and after a grace SIGKILL. */
  readonly kill: AbortSignal;
  readonly onStart: (started: ProcessIdentity) => void;
}

export interface CommandOutputs {
  readonly out: ByteOutput;
  readonly err: ByteOutput;
  /** The time between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
}

/**
 * Runs an operator's command and hands its output on as it comes. A process that the command leaves
 * running, such as the server that it has started, is left alone.
 */
export async function runServerCommand(
  { out, err, graceMs = 5_000 }: CommandOutputs,
  { words, env, prefix, outTo, timeoutMs }: ServerCommand,
  { kill, onStart }: CommandWatch,
): Promise<CommandRun> {
  const outputs = { stdout: outTo === 'stdout' ? out : err, stderr: err };
  const lines =
    prefix === undefined
      ? undefined
      : { stdout: linePrefixer(prefix), stderr: linePrefixer(prefix) };
  const group = runGroup(
    { words, env },
    {
      graceMs,
      timeoutMs,
      signal: kill,
      leftovers: 'heard',
      onOutput: (chunk, from) => outputs[from].writeBytes(lines ? lines[from].take(chunk) : chunk),
    },
  );
  const { pid } = group;
  const startTicks = pid === undefined ? undefined : await startTicksOf(pid);
  if (pid !== undefined && startTicks !== undefined) onStart({ pid, startTicks });
  const ended = await group.ended;
  for (const from of ['stdout', 'stderr'] as const) {
    const rest = lines?.[from].end();
    if (rest && rest.length > 0) await outputs[from].writeBytes(rest);
  }
  return { end: endOf(ended, timeoutMs), lastLines: group.lastLines({ lines: 3 }) };
}

function endOf({ end, cutOff }: GroupEnd, timeoutMs = 0): ServerCommandEnd {
  if (cutOff === 'timed-out') return { kind: 'timed-out', afterMs: timeoutMs };
  // Never so for a group that is heard to its end.
  return end.kind === 'out-of-reach' ? { kind: 'killed', signal: 'SIGKILL' } : end;
}
