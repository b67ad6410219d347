import { parseDuration } from './duration.ts';

const date =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * The time that somebody means, in milliseconds since 1970: `2h` or `+2h` from now, the next `18:00`, or a date of
 * ISO 8601 such as `2026-12-01`, `2026-12-01T08:00` and `2026-12-01T08:00+01:00`. Without a zone it is the
 * machine's; `undefined` for what is no time.
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const [, hours = '', minutes = ''] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hours !== '') return nextClockTime(Number(hours), Number(minutes), nowMs);
  if (date.test(text)) {
    // JavaScript takes a date by itself for midnight of UTC.
    const at = new Date(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T')).getTime();
    return Number.isNaN(at) || !isThatDay(text) ? undefined : at;
  }
  const ms = parseDuration(text.replace(/^\+/, ''));
  return ms === undefined ? undefined : nowMs + ms;
}

/** The next time that clocks of this machine show these hours and minutes. */
function nextClockTime(hours: number, minutes: number, nowMs: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  const at = new Date(nowMs);
  at.setHours(hours, minutes, 0, 0);
  if (at.getTime() <= nowMs) {
    at.setDate(at.getDate() + 1);
    // Where clocks were put forward over the time that is meant.
    at.setHours(hours, minutes, 0, 0);
  }
  return at.getTime();
}

/** Whether the day is in its month: JavaScript takes February 30 for March 2. */
function isThatDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
