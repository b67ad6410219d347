import { type AroundMember, type AroundRecord, withMember } from '../../domain/around/around.ts';
import {
  describeEnd,
  environmentFor,
  hasPassed,
  type ProcessIdentity,
  type ServerCommand,
  serverText,
  wordsFor,
} from '../../domain/around/server-command.ts';
import { exitCodeOf, type Failure, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { noteFailures } from '../audience.ts';
import type { AroundContext } from './context.ts';

/** Changes the record and keeps it for good. */
export type KeepRecord = (change: (record: AroundRecord) => AroundRecord) => Promise<Result<void>>;

interface BatchCommand {
  readonly record: AroundRecord;
  readonly batch: number;
  readonly servers: readonly AroundMember[];
}

/**
 * Runs the command for all of these servers at the same time. Each may end in its own time, also
 * when another has failed or a first signal has come; a second signal ends them.
 */
export async function runBatchCommand(
  context: AroundContext,
  { record, batch, servers }: BatchCommand,
  keep: KeepRecord,
): Promise<{ readonly exitCode: number; readonly message: string } | undefined> {
  const { audience, stop } = context;
  const running = await stillRunning(context, servers);
  if (running) {
    noteFailures(audience, [running]);
    return { exitCode: exitCodeOf('conflict'), message: running.what };
  }
  // One after another, for each write is of the whole record.
  let writing: Promise<Result<void>> = Promise.resolve(ok(undefined));
  const note = (member: AroundMember): void => {
    writing = writing.then(async (last) => {
      const kept = await keep((now) => withMember(now, batch, member));
      return last.ok ? kept : last;
    });
  };
  const kill = new AbortController();
  const over = new AbortController();
  void killAtSecondSignal(context, kill, over.signal);
  const failures: Ended[] = [];
  const runs = servers.map(async (member) => {
    const ended = await runOne(context, { record, batch, servers }, member, {
      kill: kill.signal,
      onStart: (process) => note({ ...member, process }),
    });
    const { process: _, ...rest } = member;
    note({ ...rest, isCommandDone: ended.passed });
    if (!ended.passed) failures.push(ended);
  });
  await Promise.all(runs);
  over.abort();
  const kept = await writing;
  const signal = stop.requested()?.signal;
  if (failures.length > 0) {
    noteFailures(audience, failures.map(failed));
    const exitCode = signal && kill.signal.aborted ? exitCodeOf(signal) : exitCodeOf('gate');
    const who = failures.map(({ server, end }) => `${server} (${end})`).join(', ');
    return { exitCode, message: `the command failed for ${who}` };
  }
  if (!kept.ok) {
    const exitCode = noteFailures(audience, [kept.failure]);
    return { exitCode, message: kept.failure.what };
  }
  return undefined;
}

interface Ended {
  readonly server: string;
  readonly passed: boolean;
  /** `exit code 3`. */
  readonly end: string;
  readonly lastLines: string;
}

interface Watch {
  readonly kill: AbortSignal;
  readonly onStart: (process: ProcessIdentity) => void;
}

async function runOne(
  { ports, audience, emit }: AroundContext,
  { record, batch, servers }: BatchCommand,
  member: AroundMember,
  watch: Watch,
): Promise<Ended> {
  const server = serverText(member);
  const words = wordsFor(record.command, member);
  if (!words) return { server, passed: false, end: 'it has no port to say', lastLines: '' };
  emit({ type: 'command-started', server, command: words });
  const { commandTimeoutMs: timeoutMs, around, batches } = record;
  // Real time, whatever the director's clock is: the command is real.
  const begunMs = performance.now();
  const command: ServerCommand = {
    words,
    env: environmentFor(member, { around, batch: batch + 1, of: batches.length }),
    outTo: audience.commandOutput,
    ...(servers.length > 1 ? { prefix: `[${server}] ` } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  const { end, lastLines } = await audience.waitingFor(
    { kind: 'command', file: words[0], server },
    () => ports.serverCommands.run(command, watch),
  );
  const ended = { server, passed: hasPassed(end), end: printable(describeEnd(end)), lastLines };
  emit({
    type: 'command-ended',
    server,
    passed: ended.passed,
    detail: withLines(ended.end, lastLines),
    afterMs: Math.round(performance.now() - begunMs),
  });
  return ended;
}

const withLines = (end: string, lastLines: string): string =>
  lastLines === '' ? end : `${end}: ${lastLines}`;

/** The operator's first signal lets the commands end, and says so. */
async function killAtSecondSignal(
  { audience, stop }: AroundContext,
  kill: AbortController,
  over: AbortSignal,
): Promise<void> {
  if (!stop.requested()) await aborted(AbortSignal.any([stop.signal(), over]));
  if (over.aborted) return;
  audience.note({ kind: 'commands-end-first' });
  await aborted(AbortSignal.any([stop.signal(), over]));
  if (!over.aborted) kill.abort();
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** A command outlives a drain that was killed: two of them on one server would be worse than none. */
async function stillRunning(
  { ports }: AroundContext,
  servers: readonly AroundMember[],
): Promise<Failure | undefined> {
  for (const { process, ...server } of servers) {
    if (!process || !(await ports.serverCommands.isRunning(process))) continue;
    return {
      kind: 'conflict',
      what: `the command for ${serverText(server)} still runs (process ${process.pid}), from before this was cut off`,
      next: 'let it end, or end it, and resume again',
    };
  }
  return undefined;
}

const failed = ({ server, end, lastLines }: Ended): Failure => ({
  kind: 'gate',
  what: `the command failed for ${server}: ${withLines(end, lastLines)}`,
  next: 'mend it and go on; the whole batch stays out of service until then',
});
