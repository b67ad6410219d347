import { lightFormat } from 'date-fns';
import type { Output } from '../reporter.ts';
import { type LogLevel, levelled } from './levels.ts';

export type WriteLine = (at: string, sentence: string, level: LogLevel) => void;

/** The day of the first line of each output: several reporters write to one. */
const firstDays = new WeakMap<Output['write'], string>();

/**
 * Lines with the time of day in front; from midnight on, and in a log that is `long` from the start, with
 * the date as well. The journal of systemd has the time itself, and gets the level.
 */
export function logLines(
  output: Pick<Output, 'write' | 'isJournal'>,
  isLong: () => boolean = () => false,
): WriteLine {
  const stamp = stampsOf(output, isLong);
  return (at, sentence, level) =>
    output.write(
      output.isJournal ? levelled(`${sentence}\n`, level) : `${stamp(at)} ${sentence}\n`,
      { kind: 'log' },
    );
}

/** `14:03:22`, or `2026-11-30 00:00:07` where the first one had another date. */
export function stampsOf(
  { write }: Pick<Output, 'write'>,
  isLong: () => boolean = () => false,
): (at: string) => string {
  return (at) => {
    const [day, time] = lightFormat(at, 'yyyy-MM-dd HH:mm:ss').split(' ') as [string, string];
    const first = firstDays.get(write) ?? day;
    firstDays.set(write, first);
    return day === first && !isLong() ? time : `${day} ${time}`;
  };
}
