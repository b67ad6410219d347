import { execa } from 'execa';
import type { CommandWords } from '../domain/command-words.ts';
import type { Notice } from '../domain/notice.ts';
import { printable, printableLines } from '../domain/printable.ts';
import { signalGroup } from '../processes/process-group.ts';
import type { Delivery, Target } from './target.ts';

export interface CommandTargetOptions {
  /** How long it may take, in real time. */
  readonly timeoutMs?: number;
  /** How long it may go on after SIGTERM before it gets SIGKILL. */
  readonly graceMs?: number;
}

/** How long output may be open after the command's end: something it left behind holds it. */
const afterglowMs = 200;
const tailBytes = 4_096;
const tailLines = 3;

/**
 * A command that gets each notice: in its environment, and as JSON on its standard input. Tried once,
 * for how far it got is not known. What it says is shown only when it fails.
 */
export function createCommandTarget(
  words: CommandWords,
  options: CommandTargetOptions = {},
): Target {
  const { timeoutMs = 30_000, graceMs = 1_000 } = options;
  return {
    // Its arguments may be for its eyes only.
    name: printable(words[0]),
    deliver: (notice, { over }) =>
      run(words, notice, AbortSignal.any([AbortSignal.timeout(timeoutMs), over]), graceMs),
  };
}

async function run(
  words: CommandWords,
  notice: Notice,
  signal: AbortSignal,
  graceMs: number,
): Promise<Delivery> {
  const started = start(words, notice);
  let tail: Buffer = Buffer.alloc(0);
  started.all.on('data', (chunk: Buffer) => {
    tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-tailBytes));
  });
  started.all.on('error', () => {});
  let timer: NodeJS.Timeout | undefined;
  let isCutOff = false;
  const cutOff = (): void => {
    isCutOff = true;
    signalGroup(started.pid, 'SIGTERM');
    timer = setTimeout(() => signalGroup(started.pid, 'SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', cutOff);
  if (signal.aborted) cutOff();
  const complaint = await endOf(started);
  signal.removeEventListener('abort', cutOff);
  clearTimeout(timer);
  // Something that it started may not have obeyed.
  if (isCutOff) signalGroup(started.pid, 'SIGKILL');
  // So that what it left behind does not keep this process from ending.
  started.all.destroy();
  started.unref();
  if (complaint === undefined) return { kind: 'delivered' };
  const lines = tail
    .toString()
    .trim()
    .split(/[\r\n]+/);
  const said = printableLines(lines.slice(-tailLines).join('\n'));
  const how = isCutOff ? 'it did not end in time' : complaint;
  return { kind: 'failed', detail: said === '' ? how : `${how}: ${said}` };
}

// The return type is what execa makes of these options, far too long to write down.
function start(words: CommandWords, notice: Notice) {
  const [file, ...args] = filled(words, notice);
  return execa(file, args, {
    all: true,
    buffer: false,
    detached: true,
    reject: false,
    input: JSON.stringify(notice),
    env: noticeEnvironment(notice),
  });
}

/** Why it is not a success; `undefined` where it is. */
async function endOf(started: ReturnType<typeof start>): Promise<string | undefined> {
  const describe = (exitCode?: number | null, killedBy?: string | null): string | undefined => {
    if (killedBy) return `killed by ${killedBy}`;
    return exitCode === 0 ? undefined : `exit code ${exitCode}`;
  };
  const exited = new Promise<string | undefined>((resolve) => {
    started.once('exit', (exitCode, killedBy) => {
      setTimeout(resolve, afterglowMs, describe(exitCode, killedBy));
    });
  });
  const complete = started.then(({ exitCode, signal, originalMessage }) =>
    exitCode === undefined && signal === undefined
      ? `it cannot be run: ${printableLines(originalMessage ?? '')}`
      : describe(exitCode, signal),
  );
  return Promise.race([complete, exited]);
}

/** `{rollout}` and `{event}`, wherever they stand in a word; any other brace is the operator's. */
export function filled([file, ...args]: CommandWords, { rollout, type }: Notice): CommandWords {
  const values: Readonly<Record<string, string>> = { rollout, event: type };
  const fill = (word: string): string =>
    word.replace(/\{(rollout|event)\}/g, (_, name: string) => values[name] ?? '');
  return [fill(file), ...args.map(fill)];
}

/** On top of drain's own environment; what is not known is empty. */
export function noticeEnvironment(notice: Notice): Readonly<Record<string, string>> {
  const { step, of, movedFraction, exitCode } = notice;
  const number = (value: number | undefined): string =>
    value === undefined ? '' : String(Number(value.toFixed(6)));
  return {
    DRAIN_EVENT: notice.type,
    DRAIN_ID: notice.id,
    DRAIN_ROLLOUT: notice.rollout,
    DRAIN_HOST: notice.host,
    DRAIN_FROM: listed(notice.from),
    DRAIN_TO: listed(notice.to),
    DRAIN_SERVICES: listed(notice.services),
    DRAIN_STEP: number(step),
    DRAIN_STEPS: number(of),
    DRAIN_FRACTION: number(movedFraction),
    DRAIN_FAILURE: String(notice.failure),
    DRAIN_OUTCOME: notice.outcome ?? '',
    DRAIN_EXIT_CODE: number(exitCode),
    DRAIN_MESSAGE: notice.message,
    DRAIN_TEXT: notice.text,
    DRAIN_GO_ON: notice.goOn ?? '',
    DRAIN_GO_BACK: notice.goBack ?? '',
    DRAIN_REPORT: notice.report ?? '',
  };
}

/** A variable may have 128 kB in Linux (MAX_ARG_STRLEN), and more keep a command from starting. */
const mostCharacters = 30_000;

/** As many as a variable holds, and `…` where that is not all; the JSON has them. */
function listed(names: readonly string[]): string {
  const all = names.join(',');
  if (all.length <= mostCharacters) return all;
  return `${all.slice(0, all.lastIndexOf(',', mostCharacters))},…`;
}
