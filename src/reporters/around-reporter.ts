import { assertNever } from '../domain/assert-never.ts';
import type { AroundEvent } from '../domain/events/around-event.ts';
import { fullName, fullNames, type NamesByServer } from '../domain/places/named-servers.ts';
import { withNames } from '../domain/places/names-in-text.ts';
import { printable } from '../domain/printable.ts';
import type { LogLevel } from './log/levels.ts';
import { logLines } from './log/log-lines.ts';
import type { Output } from './reporter.ts';
import { roughly } from './text/amounts.ts';

/** Reports each event as a line, on a terminal too: output of commands comes between. */
export function createAroundReporter(
  output: Pick<Output, 'write' | 'isJournal'>,
  form: 'plain' | 'json',
  names: NamesByServer = {},
): (event: AroundEvent) => void {
  const line = logLines(output);
  return (event) => {
    const named = eventWithNames(event, names);
    if (form === 'json') output.write(`${JSON.stringify(named)}\n`);
    else for (const text of describeAroundEvent(named, names)) line(event.at, text, levelOf(event));
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

/** The event with servers by name in its sentence; its fields keep the addresses. */
function eventWithNames(event: AroundEvent, names: NamesByServer): AroundEvent {
  switch (event.type) {
    case 'held':
      return { ...event, reason: withNames(event.reason, names) };
    case 'finished':
      return { ...event, message: withNames(event.message, names) };
    default:
      return event;
  }
}

/** An event of `drain around` as lines for people, whatever strings it carries. */
export function describeAroundEvent(
  event: AroundEvent,
  names?: NamesByServer | undefined,
): readonly string[] {
  switch (event.type) {
    case 'around-planned':
      return event.batches.flatMap((batch, index) => [
        `batch ${index + 1} of ${event.batches.length}:`,
        ...batch.map(
          ({ server, command }) => `  ${fullName(server, names)}: ${commandLine(command)}`,
        ),
      ]);
    case 'batch-started':
      return [`batch ${event.batch} of ${event.of}: ${fullNames(event.servers, names)}`];
    case 'batch-done':
      return [`batch ${event.batch} of ${event.of} is back: ${fullNames(event.servers, names)}`];
    case 'command-started':
      return [`${fullName(event.server, names)}: running ${commandLine(event.command)}`];
    case 'command-ended': {
      const verdict = event.passed ? 'done' : 'failed';
      const detail = event.passed ? '' : `: ${printable(event.detail, 600)}`;
      return [
        `${fullName(event.server, names)}: command ${verdict} after ${roughly(event.afterMs)}${detail}`,
      ];
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
