import { lightFormat } from 'date-fns';
import type { AroundEvent } from '../domain/around-event.ts';
import { describeAroundEvent } from './around-wording.ts';
import type { Output } from './reporter.ts';

/** A line an event, on a terminal too: the command's output stands between them. */
export function createAroundReporter(
  output: Pick<Output, 'write'>,
  form: 'plain' | 'json',
): (event: AroundEvent) => void {
  return (event) => {
    const text =
      form === 'json'
        ? `${JSON.stringify(event)}\n`
        : describeAroundEvent(event)
            .map((line) => `${lightFormat(event.at, 'HH:mm:ss')} ${line}\n`)
            .join('');
    output.write(text);
  };
}
