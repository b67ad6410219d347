import type { CommandWords } from '../domain/command-words.ts';
import type { GuardNotice, GuardNoticeItem } from '../domain/events/guard-notice.ts';
import type { Notice } from '../domain/events/notice.ts';
import { printable, printableLines } from '../domain/printable.ts';
import { type GroupEnd, runGroup } from '../processes/run-group.ts';
import type { AnyNotice, Target } from './target.ts';

type Environment = Readonly<Record<string, string>>;

export interface CommandTargetOptions {
  /** The time limit of the command, in real time. */
  readonly timeoutMs?: number;
  /** The time that the command may go on after SIGTERM before SIGKILL. */
  readonly graceMs?: number;
}

/** A command that gets each notice of a rollout. */
export const createCommandTarget = (
  words: CommandWords,
  options: CommandTargetOptions = {},
): Target<Notice> => commandTarget(words, { filled, environment: noticeEnvironment }, options);

/** A command that gets each notice of a guard; `{event}` in its words is `guard`. */
export const createGuardCommandTarget = (
  words: CommandWords,
  options: CommandTargetOptions = {},
): Target<GuardNotice> =>
  commandTarget(words, { filled: filledForGuard, environment: guardEnvironment }, options);

interface About<N> {
  filled(words: CommandWords, notice: N): CommandWords;
  environment(notice: N): Environment;
}

/**
 * A command that gets each notice: in its environment, and as JSON on its standard input. Tried
 * once, for nobody knows how far a failed try got. The command's output is shown only when it
 * fails.
 */
function commandTarget<N extends AnyNotice>(
  words: CommandWords,
  about: About<N>,
  options: CommandTargetOptions,
): Target<N> {
  const { timeoutMs = 30_000, graceMs = 1_000 } = options;
  return {
    // Its arguments may be for its eyes only.
    name: printable(words[0]),
    async deliver(notice, { over }) {
      const group = runGroup(
        {
          words: about.filled(words, notice),
          env: about.environment(notice),
          input: JSON.stringify(notice),
        },
        { signal: over, timeoutMs, graceMs, leftovers: 'detached' },
      );
      const complaint = complaintOf(await group.ended);
      if (complaint === undefined) return { kind: 'delivered' };
      const said = group.lastLines({ lines: 3 });
      return { kind: 'failed', detail: said === '' ? complaint : `${complaint}: ${said}` };
    },
  };
}

/** The reason why the end of a command is no success; `undefined` where it is one. */
function complaintOf({ end, cutOff }: GroupEnd): string | undefined {
  if (cutOff) return 'it did not end in time';
  switch (end.kind) {
    case 'exited':
      return end.exitCode === 0 ? undefined : `exit code ${end.exitCode}`;
    case 'killed':
      return `killed by ${end.signal}`;
    case 'not-started':
      return `it cannot be run: ${printableLines(end.message)}`;
    case 'out-of-reach':
      return 'it cannot be ended';
  }
}

/** Fills in `{rollout}` and `{event}` anywhere in a word; any other brace is the operator's. */
export function filled([file, ...args]: CommandWords, { rollout, type }: Notice): CommandWords {
  const values: Readonly<Record<string, string>> = { rollout, event: type };
  const fill = (word: string): string =>
    word.replace(/\{(rollout|event)\}/g, (_, name: string) => values[name] ?? '');
  return [fill(file), ...args.map(fill)];
}

/** The variables on top of drain's own environment; a variable without a known value is empty. */
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

/**
 * The most characters of a variable, which Linux limits to 128 kB (MAX_ARG_STRLEN): more keep a
 * command from starting.
 */
const mostCharacters = 30_000;

/** Lists as many names as a variable holds, and `…` where that is not all; the JSON has all. */
function listed(names: readonly string[]): string {
  const all = names.join(',');
  if (all.length <= mostCharacters) return all;
  return `${all.slice(0, all.lastIndexOf(',', mostCharacters))},…`;
}

function filledForGuard([file, ...args]: CommandWords, { type }: GuardNotice): CommandWords {
  const fill = (word: string): string => word.replaceAll('{event}', type);
  return [fill(file), ...args.map(fill)];
}

/** The variables of a guard's notice. */
export function guardEnvironment(notice: GuardNotice): Environment {
  const named = (group: GuardNoticeItem['group']): string =>
    listed(
      notice.items.flatMap((item) => (item.group === group && !item.isOver ? subjectOf(item) : [])),
    );
  return {
    DRAIN_EVENT: notice.type,
    DRAIN_ID: notice.id,
    DRAIN_HOST: notice.host,
    DRAIN_FAILURE: String(notice.failure),
    DRAIN_DOWN: named('down'),
    DRAIN_UP: named('up'),
    DRAIN_FLOOR: named('floor'),
    DRAIN_ALL_DEAD: named('all-dead'),
    DRAIN_TEXT: notice.text,
  };
}

const subjectOf = ({ service, server }: GuardNoticeItem): string =>
  server === undefined ? service : `${server} ${service}`;
