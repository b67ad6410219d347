import { fail, ok } from '../../domain/failure.ts';
import { parseMoment } from '../../domain/moment.ts';
import type { TimeWindow } from '../../domain/time/windows.ts';
import type { OptionReader } from '../options/read-values.ts';

export interface TimeSettings {
  /** The time at which a rollout begins, as it was written; it is read where the time is known. */
  readonly at?: string;
  /** Times of the week in which steps may be taken. */
  readonly windows?: readonly TimeWindow[];
}

/** The times of day that a rollout keeps to. */
export function timeSettings(reader: OptionReader): TimeSettings {
  const { windows } = reader.option('windows') ?? {};
  const at = reader.read('at', undefined, (text) =>
    parseMoment(text.trim(), 0) === undefined ? fail(noMoment) : ok(text.trim()),
  );
  return { ...(at === undefined ? {} : { at }), ...(windows ? { windows } : {}) };
}

const noMoment = 'is no time: write 2h, 18:00 or 2026-12-01T03:00, with a zone such as Z or +01:00';
