import * as z from 'zod';
import { type TimeWindow, weekdays } from '../domain/time/windows.ts';
import { isZone } from '../domain/time/zone.ts';

/**
 * The latest time and the longest duration of a file: the sum of a few is still a date of JavaScript,
 * which end at 8.64e15 ms.
 */
const mostMs = 2e15;

/** A time in milliseconds since 1970, which can be shown as a date. */
export const timeMs = z.number().min(-mostMs).max(mostMs);

/** A duration in milliseconds, with which a time is still a date. */
export const durationMs = z.number().min(0).max(mostMs);

/** A window as plans and records have it. */
export const timeWindowSchema = z.strictObject({
  days: z.array(z.enum(weekdays)).min(1),
  fromMinute: z.int().min(0).max(1_439),
  toMinute: z.int().min(0).max(1_440),
  zone: z.string().max(64).refine(isZone, 'no time zone that is known here'),
}) satisfies z.ZodType<TimeWindow>;
