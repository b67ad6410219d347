import { lightFormat } from 'date-fns';
import type { GuardEvent } from '../domain/guard-event.ts';
import { printable } from '../domain/printable.ts';
import { describeGuardEvent } from './guard-wording.ts';
import type { Output } from './reporter.ts';

export interface GuardLines {
  readonly form: 'plain' | 'json';
  /** In plain lines; of little use when there is only one. */
  readonly namesDirector: boolean;
}

/** A line an event, on a terminal too: a daemon's output is a log. */
export function createGuardReporter(
  output: Pick<Output, 'write'>,
  { form, namesDirector }: GuardLines,
): (event: GuardEvent) => void {
  const where = ({ director }: GuardEvent): string =>
    namesDirector ? `${printable(director)}: ` : '';
  return (event) => {
    const line =
      form === 'json'
        ? JSON.stringify(event)
        : `${lightFormat(event.at, 'yyyy-MM-dd HH:mm:ss')} ${where(event)}${describeGuardEvent(event)}`;
    output.write(`${line}\n`);
  };
}
