import type { Outcome } from '../events/event.ts';
import { type Diagnostic, exitCodeOf } from '../failure.ts';
import type { Advice, PrintedCommand } from '../printed-command.ts';
import { shellWords } from '../shell-word.ts';

/**
 * The states of a rollout, or of a `drain around`, as `drain status`, `/state` and the metrics name them:
 * a contract.
 */
export const rolloutStatuses = [
  'running',
  'paused',
  'held',
  'cut-off',
  'done',
  'rolled-back',
  'refused',
  'failed',
] as const;
export type RolloutStatus = (typeof rolloutStatuses)[number];

/** The facts that a status follows from: of a folded journal, and of its lock. */
export interface StatusFacts {
  /** Whether a living process has the locks of the rollout. */
  readonly isRunning: boolean;
  readonly isPaused?: boolean | undefined;
  readonly end: { readonly outcome: Outcome } | undefined;
}

/** The status of a rollout. Without a process and without an end it is `cut-off`. */
export function statusOf({ isRunning, isPaused, end }: StatusFacts): RolloutStatus {
  if (isRunning) return isPaused ? 'paused' : 'running';
  return end?.outcome ?? 'cut-off';
}

type StatusInProgress = 'running' | 'paused' | 'held' | 'cut-off';

const inProgress: readonly RolloutStatus[] = [
  'running',
  'paused',
  'held',
  'cut-off',
] satisfies readonly StatusInProgress[];

/** Whether a rollout is over for good; otherwise it runs by itself, or waits for somebody. */
export const isOver = (status: RolloutStatus): status is Exclude<RolloutStatus, StatusInProgress> =>
  !inProgress.includes(status);

/** Whether an end is for good, whatever a process does meanwhile. */
export const isFinalEnd = (end: StatusFacts['end']): boolean =>
  isOver(statusOf({ isRunning: false, end }));

/**
 * Whether a rollout ended where its ramp was to end for now. It is held like any other, for old servers
 * and new ones are in the table and only this rollout leads on or back; alone of all it is a success.
 */
export const isUntilEnd = (
  end: { readonly outcome: Outcome; readonly exitCode: number } | undefined,
): boolean => end?.outcome === 'held' && end.exitCode === 0;

/**
 * Whether a rollout was cut off by a crash, or held by a shutdown, which sends SIGTERM first:
 * another process may take over unasked. A rollout that a person or a conflict held stays held.
 */
export const isForTakeOver = (end: { readonly exitCode: number } | undefined): boolean =>
  end === undefined || end.exitCode === exitCodeOf('sigterm');

/** A command about a rollout: its name and the id. */
export type RolloutCommand = readonly [
  name: 'pause' | 'continue' | 'resume' | 'rollback' | 'abandon' | 'status',
  rollout: string,
];

/** The commands that lead somewhere from a status. */
export interface Ways {
  /** Makes a running rollout wait. */
  readonly pause?: RolloutCommand;
  /** Makes a paused or stopped rollout continue. */
  readonly on?: RolloutCommand;
  /** Makes the table what it was before. */
  readonly back?: RolloutCommand;
  /** Ends the wait for clients of an old server, which is removed with those that it has. */
  readonly finish?: PrintedCommand;
  /** Ends a stopped rollout and leaves the table as it is: the last resort, which no list advises. */
  readonly leave?: RolloutCommand;
}

/** The commands that a rollout of this status takes. */
export function waysFrom(status: RolloutStatus, rollout: string): Ways {
  const back = ['rollback', rollout] as const;
  switch (status) {
    case 'running':
      return { pause: ['pause', rollout], back };
    case 'paused':
      return { on: ['continue', rollout], back };
    case 'held':
    case 'cut-off':
      return { on: ['resume', rollout], back, leave: ['abandon', rollout] };
    case 'done':
      return { back };
    default:
      return {};
  }
}

/**
 * The same with `finish`, where all that a held rollout waits for is that clients leave servers which it
 * would remove. Maintenance keeps its servers, and so may a plan.
 */
export function waysFromEnd(
  rollout: string,
  end: { readonly outcome: Outcome; readonly exitCode: number },
  { policy, isBack }: { readonly policy?: { readonly keep: boolean }; readonly isBack: boolean },
): Ways {
  const ways = waysFrom(end.outcome, rollout);
  const isWaiting = end.outcome === 'held' && end.exitCode === exitCodeOf('drain-timeout');
  return isWaiting && policy?.keep === false && !isBack
    ? { ...ways, finish: ['resume', rollout, '--on-timeout', 'remove'] }
    : ways;
}

/** The commands that a `drain around` takes; while running neither `pause` nor `rollback`. */
export function waysFromAround(status: RolloutStatus, around: string): Ways {
  return status === 'held' || status === 'cut-off' ? waysFrom(status, around) : {};
}

/** The commands that lead on or back, in the order in which they are shown. */
export const allWays = ({ pause, on, back }: Ways): readonly RolloutCommand[] =>
  [pause, on, back].filter((way) => way !== undefined);

/** The place where commands are to be pasted, as far as that makes them longer. */
export interface CommandContext {
  /** Options that every command needs there, such as `--state DIR`, as words. */
  readonly options?: readonly string[] | undefined;
  /** Options that say how directors are reached: for commands that reach them anew. */
  readonly reach?: readonly string[] | undefined;
  /** Whether nothing of a rollout outlasts its process, as in a simulation: then no command finds it. */
  readonly isPassing?: boolean | undefined;
}

/** The ways that a command leads to in a context; none where the rollout is gone with its process. */
export const waysIn = ({ isPassing = false }: CommandContext, ways: Ways): Ways =>
  isPassing ? {} : ways;

const reaching: readonly PrintedCommand[0][] = ['resume', 'rollback', 'in', 'out'];

/** The one place where a command is written out, to be pasted anywhere: `drain resume ID --state /srv/drain`. */
export function commandText(
  [name, ...words]: PrintedCommand,
  { options = [], reach = [] }: CommandContext = {},
): string {
  const [flag] = words.filter((word) => word === '--state');
  // A command that says itself where its rollout is, is not about this place.
  const here = flag === undefined ? options : [];
  return shellWords(['drain', name, ...words, ...here, ...(reaching.includes(name) ? reach : [])]);
}

/** A command as lists show it: `go on`, the text to be pasted, and what has to be known of it. */
export interface NamedWay {
  readonly name: 'go on' | 'or' | 'go back';
  readonly command: string;
  readonly note?: string | undefined;
}

/** The commands that lead on and back from where a rollout stands still; `backNote` says what a rollback does. */
export function namedWays(
  ways: Ways,
  context: CommandContext = {},
  backNote?: string,
): readonly NamedWay[] {
  const { on, back, finish } = waysIn(context, ways);
  return [
    ...(on ? [{ name: 'go on', command: commandText(on, context) } as const] : []),
    ...(finish
      ? [
          {
            name: 'or',
            command: commandText(finish, context),
            note: 'at the next deadline clients or not',
          } as const,
        ]
      : []),
    ...(back
      ? [{ name: 'go back', command: commandText(back, context), note: backNote } as const]
      : []),
  ];
}

/** Advice as a sentence, its commands written out for where they are pasted. */
export const adviceText = (advice: Advice, context: CommandContext = {}): string =>
  typeof advice === 'string'
    ? advice
    : advice.map((part) => (typeof part === 'string' ? part : commandText(part, context))).join('');

/** A warning of the planner as the events of its rollout say it. */
export const warningText = ({ message, next }: Pick<Diagnostic, 'message' | 'next'>): string =>
  next ? `${message}; ${adviceText(next)}` : message;
