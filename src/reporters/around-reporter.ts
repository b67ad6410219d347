import { assertNever } from '../domain/assert-never.ts';
import type { AroundEvent } from '../domain/events/around-event.ts';
import { printable, shortList } from '../domain/printable.ts';
import type { LogLevel } from './log/levels.ts';
import { logLines } from './log/log-lines.ts';
import type { Output } from './reporter.ts';
import { roughly } from './text/amounts.ts';

/** Reports each event as a line, on a terminal too: output of commands comes between. */
export function createAroundReporter(
  output: Pick<Output, 'write' | 'isJournal'>,
  form: 'plain' | 'json',
): (event: AroundEvent) => void {
  const line = logLines(output);
  return (event) => {
    if (form === 'json') output.write(`${JSON.stringify(event)}\n`);
    else for (const text of describeAroundEvent(event)) line(event.at, text, levelOf(event));
  };
}

function levelOf(event: AroundEvent): LogLevel {
  switch (event.type) {
    case 'command-ended':
      return event.passed ? 'info' : 'error';
    case 'held':
      return 'warning';
    case 'finished':
      return event.exitCode === 0 ? 'notice' : 'error';
    default:
      return 'info';
  }
}

/** An event of `drain around` as lines for people, whatever strings it carries. */
export function describeAroundEvent(event: AroundEvent): readonly string[] {
  switch (event.type) {
    case 'around-planned':
      return event.batches.flatMap((batch, index) => [
        `batch ${index + 1} of ${event.batches.length}:`,
        ...batch.map(({ server, command }) => `  ${server}: ${commandLine(command)}`),
      ]);
    case 'batch-started':
      return [`batch ${event.batch} of ${event.of}: ${shortList(event.servers)}`];
    case 'batch-done':
      return [`batch ${event.batch} of ${event.of} is back: ${shortList(event.servers)}`];
    case 'command-started':
      return [`${event.server}: running ${commandLine(event.command)}`];
    case 'command-ended': {
      const verdict = event.passed ? 'done' : 'failed';
      const detail = event.passed ? '' : `: ${printable(event.detail, 600)}`;
      return [`${event.server}: command ${verdict} after ${roughly(event.afterMs)}${detail}`];
    }
    case 'held':
      return [`held: ${printable(event.reason, 600)}`];
    case 'finished':
      return [
        `around ${event.rollout}: ${printable(event.message, 600)} (${event.outcome}, exit code ${event.exitCode})`,
      ];
    default:
      return assertNever(event);
  }
}

/** A command as somebody would type it; a word with a blank or nothing in it stands in quotes. */
export const commandLine = (words: readonly string[]): string =>
  printable(
    words.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : JSON.stringify(word))).join(' '),
    400,
  );
