import { format } from 'date-fns';
import type { GuardEvent } from '../domain/guard-event.ts';
import { describeGuardEvent } from './guard-wording.ts';
import type { Output } from './reporter.ts';

/** A line an event, on a terminal too: a daemon's output is a log. */
export function createGuardReporter(
  output: Pick<Output, 'write'>,
  form: 'plain' | 'json',
): (event: GuardEvent) => void {
  return (event) => {
    const line =
      form === 'json'
        ? JSON.stringify(event)
        : `${format(event.at, 'yyyy-MM-dd HH:mm:ss')} ${describeGuardEvent(event)}`;
    output.write(`${line}\n`);
  };
}
