import { fail, ok, type Result } from '../failure.ts';
import { type TimeWindow, type Weekday, weekdays } from './windows.ts';

const dayMinutes = 1_440;

const longNames = {
  monday: 'mon',
  tuesday: 'tue',
  wednesday: 'wed',
  thursday: 'thu',
  friday: 'fri',
  saturday: 'sat',
  sunday: 'sun',
} as const;

/** Days of the week: `sat`, `mon-fri`, and over the end of the week `fri-mon`. */
export function parseDays(text: string): Result<readonly Weekday[], string> {
  const parts = text.toLowerCase().split('-').map(dayOf);
  const [first] = parts;
  const last = parts.at(-1);
  if (parts.length > 2 || !first || !last) {
    return fail('is no day: write mon, tue, wed, thu, fri, sat or sun, or mon-fri');
  }
  const count = (weekdays.indexOf(last) - weekdays.indexOf(first) + 7) % 7;
  const from = weekdays.indexOf(first);
  return ok(Array.from({ length: count + 1 }, (_, i) => weekdays[(from + i) % 7] as Weekday));
}

function dayOf(text: string): Weekday | undefined {
  const name = text.trim();
  return weekdays.find((day) => day === name) ?? new Map(Object.entries(longNames)).get(name);
}

/** Hours of a day: `08:00-18:00`, over midnight `22:00-04:00`, to its end `18:00-24:00`. */
export function parseHours(
  text: string,
): Result<Pick<TimeWindow, 'fromMinute' | 'toMinute'>, string> {
  const found = /^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/.exec(text);
  const [fromHour = 99, fromPart = 99, toHour = 99, toPart = 99] = (found ?? [])
    .slice(1)
    .map(Number);
  const fromMinute = 60 * fromHour + fromPart;
  const toMinute = 60 * toHour + toPart;
  if (!found || fromPart > 59 || toPart > 59 || fromMinute > dayMinutes || toMinute > dayMinutes) {
    return fail('are no hours: write them as 08:00-18:00, or 22:00-04:00 over midnight');
  }
  if (fromMinute % dayMinutes === toMinute % dayMinutes && toMinute !== dayMinutes) {
    return fail('never open: they end where they begin; a whole day is 00:00-24:00');
  }
  if (fromMinute === dayMinutes) {
    return fail(
      toMinute === dayMinutes
        ? 'never open: they end where they begin; a whole day is 00:00-24:00'
        : 'begin at 24:00, which is the end of a day: write 00:00 and the day after',
    );
  }
  return ok({ fromMinute, toMinute });
}
