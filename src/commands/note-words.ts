import { resolve } from 'node:path';
import type { GivenOptions } from '../config/options/options.ts';
import type { Note, OwnNote } from '../control/audience.ts';
import { namesInAround } from '../domain/around/around.ts';
import { assertNever } from '../domain/assert-never.ts';
import { formatDuration } from '../domain/duration.ts';
import { stampEvent } from '../domain/events/event.ts';
import { fullNames } from '../domain/places/named-servers.ts';
import { withNames } from '../domain/places/names-in-text.ts';
import { printable } from '../domain/printable.ts';
import { rolloutId } from '../domain/rollout/rollout-id.ts';
import { type CommandContext, commandText } from '../domain/rollout/rollout-status.ts';
import { aroundWayLines } from '../reporters/way-lines.ts';
import type { Environment, StatePlace } from './environment.ts';
import { printFailures, printRefusal, Refusal } from './refusal.ts';

export interface Saying {
  readonly given: GivenOptions;
  readonly isJson: boolean;
  /** The place that was looked at. */
  readonly place?: StatePlace | undefined;
  /** The place of the commands that are printed. */
  readonly commands?: CommandContext | undefined;
  /** The plan file of a sequence, and the options beside it. */
  readonly file?: string | undefined;
  readonly besideFile?: readonly string[] | undefined;
}

/**
 * The words of a command for the notes that are its own, by their kind: a sentence for stderr, or nothing
 * where the command has said it itself.
 */
export type OwnWords<Own extends OwnNote> = {
  readonly [Kind in Own['kind']]: (
    note: Extract<Own, { readonly kind: Kind }>,
    saying: Saying,
  ) => string | undefined;
};

/** Puts notes that several commands may have into words, on stderr. */
export function sayNote(env: Environment, saying: Saying, note: Note): void {
  const { given, isJson, commands } = saying;
  switch (note.kind) {
    case 'failures':
      printFailures(env, note.failures, commands);
      return;
    case 'refused':
      printFailures(env, [note.failure], commands);
      if (note.diff.length > 0) env.err(`${note.diff.join('\n')}\n`);
      return;
    case 'not-planned':
      printRefusal(env, new Refusal(note.failures, given), commands);
      return;
    case 'nothing-to-do':
      sayNothingToDo(env, isJson, note);
      return;
    case 'sequence-stopped':
      env.err(stoppedLines(saying, note));
      return;
    case 'around-held':
      env.err(
        `${note.reason === undefined ? '' : `drain: ${withNames(note.reason, namesInAround(note.record))}\n`}${aroundWayLines(note.record, commands)}`,
      );
      return;
    default:
      env.err(`drain: ${sentenceOf(note, saying)}\n`);
  }
}

type Sentence = Exclude<
  Note,
  {
    readonly kind:
      | 'failures'
      | 'refused'
      | 'not-planned'
      | 'nothing-to-do'
      | 'sequence-stopped'
      | 'around-held';
  }
>;

function sentenceOf(note: Sentence, { commands }: Saying): string {
  switch (note.kind) {
    case 'not-confirmed':
      return 'not started, nothing was changed';
    case 'undoing':
      return undoingSentence(note);
    case 'passed-over':
      return `passed over with --force: ${printable(note.failure.what, 600)}`;
    case 'resuming':
      return `going on with rollout ${note.rollout}, which was cut off`;
    case 'floor-waited':
      return `rollout ${note.rollout} waits for ${note.waits.map(({ gate, detail }) => `${gate.gate}: ${printable(detail, 600)}`).join('; ')}; it goes on by itself when there is room, or all the same with ${commandText(['resume', note.rollout, '--force'], commands)}`;
    case 'sequence-ended':
      return [
        `${note.sequence}: ${printable(note.message, 1_000)}`,
        ...note.done.map((done) => `  go back: ${commandText(['rollback', done], commands)}`),
      ].join('\n');
    case 'commands-end-first':
      return 'stopping when the commands in hand have ended; once more ends them';
    default:
      return assertNever(note);
  }
}

/** `going back from a rollout that was done 3 h ago: 10.0.0.1:80 gets its weight again, …`. */
function undoingSentence({
  rollout,
  plan,
  endedMs,
}: Extract<Note, { readonly kind: 'undoing' }>): string {
  const ago = formatDuration(Math.max(0, Math.round((Date.now() - endedMs) / 1_000) * 1_000));
  if (plan.move) {
    const moved = fullNames(plan.to, plan.names);
    const what =
      plan.move === 'add' ? `takes ${moved} out again` : `gives ${moved} the weight from before`;
    return `rollout ${rollout} was done ${ago} ago; going back from it ${what}`;
  }
  const back =
    plan.from.length > 0
      ? `${fullNames(plan.from, plan.names)} back at the weight from before`
      : '';
  const gone = plan.to.length > 0 ? `${fullNames(plan.to, plan.names)} as before it` : '';
  return `rollout ${rollout} was done ${ago} ago; going back from it brings ${[back, gone].filter(Boolean).join(', and ')}`;
}

/** Says on stdout, in place of events, that there is nothing to do. */
function sayNothingToDo(
  env: Environment,
  isJson: boolean,
  { lines, nowMs, exitCode }: Extract<Note, { readonly kind: 'nothing-to-do' }>,
): void {
  if (!isJson) {
    const texts = lines.map((line) => `${printable(line, 600)}\n`);
    if (exitCode === 0) env.out(texts.join(''));
    else env.err(texts.map((text) => `drain: ${text}`).join(''));
    return;
  }
  const message = lines.join('; ');
  const outcome = exitCode === 0 ? 'done' : 'refused';
  const done = { type: 'finished', outcome, exitCode, message } as const;
  env.out(`${JSON.stringify(stampEvent(done, rolloutId(nowMs), nowMs))}\n`);
}

function stoppedLines(
  { file, besideFile = [], commands }: Saying,
  { number, count, exitCode, sequence }: Extract<Note, { readonly kind: 'sequence-stopped' }>,
): string {
  const after = count - number;
  const apply = (start: number): string =>
    commandText(['apply', resolve(file ?? ''), '--start-at', `${start}`, ...besideFile], commands);
  const rest =
    after === 0 ? '' : `, and the ${after} after it ${after === 1 ? 'has' : 'have'} not begun`;
  const lines = [
    `drain: rollout ${number} of ${count}${file === undefined ? '' : ` in ${printable(file)}`} ended with exit code ${exitCode}${rest}`,
    ...(sequence === undefined
      ? [`  again:    ${apply(number)}`]
      : [
          `  go on:    ${commandText(['resume', sequence], commands)}`,
          `  end it:   ${commandText(['rollback', sequence], commands)}`,
        ]),
    ...(after === 0 || file === undefined ? [] : [`  the rest: ${apply(number + 1)}`]),
  ];
  return `${lines.join('\n')}\n`;
}
