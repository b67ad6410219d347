import * as z from 'zod';

/**
 * The latest time and the longest duration of a file: the sum of a few is still a date of JavaScript,
 * which end at 8.64e15 ms.
 */
const mostMs = 2e15;

/** A time in milliseconds since 1970, which can be shown as a date. */
export const timeMs = z.number().min(-mostMs).max(mostMs);

/** A duration in milliseconds, with which a time is still a date. */
export const durationMs = z.number().min(0).max(mostMs);
