/** The last time that a date of JavaScript can have, either way. */
const lastMs = 8.64e15;

/** The time of something that is past, as people read it: `2026-11-30 20:11 UTC`. */
export const timeText = (ms: number): string => textOf(ms, '$1 $2 UTC');

/** The time of something that is to come, with its seconds where it has some: `2026-11-30 20:11:30 UTC`. */
export const dueText = (ms: number): string =>
  textOf(ms, ms % 60_000 === 0 ? '$1 $2 UTC' : '$1 $2$3 UTC');

const textOf = (ms: number, form: string): string =>
  Math.abs(ms) <= lastMs
    ? new Date(ms).toISOString().replace(/^(.*)T(\d\d:\d\d)(:\d\d).*$/, form)
    : 'an unknown time';
