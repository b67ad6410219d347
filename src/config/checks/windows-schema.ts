import * as z from 'zod';
import type { Result } from '../../domain/failure.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { parseDays, parseHours } from '../../domain/time/parse-window.ts';
import type { TimeWindow, Weekday } from '../../domain/time/windows.ts';
import { isZone } from '../../domain/time/zone.ts';

const oneOrMore = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]);

/** Texts of a file, each read by `parse`; the first that is wrong is the issue. */
const textsOf = <T>(parse: (text: string) => Result<T, string>, wanted: string) =>
  z.union([oneOrMore], `write ${wanted}`).transform((texts, context): readonly T[] => {
    const read: T[] = [];
    for (const text of texts) {
      const parsed = parse(text);
      if (parsed.ok) {
        read.push(parsed.value);
        continue;
      }
      context.addIssue({ code: 'custom', message: `"${text}" ${parsed.failure}` });
      return z.NEVER;
    }
    return read;
  });

const days = textsOf(parseDays, 'days such as mon-fri, or a list such as [mon, wed]');
const hours = textsOf(parseHours, 'hours such as 08:00-18:00, or a list of them');

const zone = z.string('name a time zone, such as Europe/Berlin').refine(isZone, {
  error: ({ input }) =>
    `is no time zone${didYouMean(String(input), Intl.supportedValuesOf('timeZone'))}: name one of the IANA, such as Europe/Berlin or UTC`,
});

const fields = z.strictObject({
  days: days.optional().describe('days of the week: mon-fri, sat, or a list (default: every day)'),
  hours: hours
    .optional()
    .describe(
      'hours of these days by the clocks of the zone: 08:00-18:00, over midnight 22:00-04:00, or a list (default: 00:00-24:00)',
    ),
  zone: zone.describe('IANA time zone: Europe/Berlin, UTC'),
});

/** The fields of a window, for what a refusal lists. */
export const windowFields: readonly string[] = Object.keys(fields.shape);

const everyDay: readonly (readonly Weekday[])[] = [
  ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
];
const wholeDay = [{ fromMinute: 0, toMinute: 1_440 }] as const;

const window = fields.transform(({ days = everyDay, hours = wholeDay, zone }) =>
  hours.map((span): TimeWindow => ({ days: [...new Set(days.flat())], ...span, zone })),
);

/** `windows` of a plan or config file: a list of days and hours in a time zone. */
export const windowsSchema = z
  .array(
    window,
    'a list is needed, such as - {days: mon-fri, hours: 08:00-18:00, zone: Europe/Berlin}',
  )
  .min(1, 'steps would never come: write a window, or leave windows out')
  .transform((windows): readonly TimeWindow[] => windows.flat());
