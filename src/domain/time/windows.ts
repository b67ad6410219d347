import { clockReading, offsetAt } from './zone.ts';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/**
 * Times of the week in which steps may be taken: whenever the clocks of the zone show one of these days and
 * hours. Where they are put forward over a part of a window, that part does not come; where they are put
 * back, it comes twice.
 */
export interface TimeWindow {
  readonly days: readonly Weekday[];
  /** Minutes since midnight, 0 to 1,439. */
  readonly fromMinute: number;
  /** The end, not within the window any more; one that is not after the beginning is of the day after. */
  readonly toMinute: number;
  /** The name of an IANA time zone. */
  readonly zone: string;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;
const weekMinutes = 7 * dayMinutes;

/** Whether a step may be taken at that time: in one of the windows, or there are none. */
export const isOpen = (windows: readonly TimeWindow[] | undefined, ms: number): boolean =>
  !windows || windows.length === 0 || windows.some((one) => isIn(one, ms));

function isIn(window: TimeWindow, ms: number): boolean {
  const minute = minuteOfWeek(window.zone, ms);
  return beginnings(window).some((begins) => minutesFrom(begins, minute) < lengthOf(window));
}

/** Minutes since Monday, 00:00, by the clocks of a zone. */
function minuteOfWeek(zone: string, ms: number): number {
  // 1970 began on a Thursday.
  const minutes = Math.floor(clockReading(zone, ms) / minuteMs) + 3 * dayMinutes;
  return ((minutes % weekMinutes) + weekMinutes) % weekMinutes;
}

/** The minutes of the week at which a window begins. */
const beginnings = ({ days, fromMinute }: TimeWindow): readonly number[] =>
  days.map((day) => weekdays.indexOf(day) * dayMinutes + fromMinute);

const lengthOf = ({ fromMinute, toMinute }: TimeWindow): number =>
  toMinute > fromMinute ? toMinute - fromMinute : toMinute + dayMinutes - fromMinute;

/** The minutes from one minute of the week to the next other: 0 up to a week. */
const minutesFrom = (from: number, to: number): number => (to - from + weekMinutes) % weekMinutes;

/** A window that begins once a week and just where clocks are put forward comes the week after. */
const furthestMs = 22 * dayMinutes * minuteMs;

/** The first time from then on at which a step may be taken; `undefined` where none comes. */
export function nextOpening(
  windows: readonly TimeWindow[] | undefined,
  fromMs: number,
): number | undefined {
  if (isOpen(windows, fromMs)) return fromMs;
  const openings = (windows ?? []).flatMap((one) => openingOf(one, fromMs) ?? []);
  return openings.length > 0 ? Math.min(...openings) : undefined;
}

/**
 * The next opening of one window that is shut: where it begins, or where clocks are changed into it. No zone
 * changes its clocks twice within a day.
 */
function openingOf(window: TimeWindow, fromMs: number): number | undefined {
  const { zone } = window;
  // Clocks are changed on a whole minute, and windows begin on one.
  let ms = Math.floor(fromMs / minuteMs) * minuteMs;
  while (ms < fromMs + furthestMs) {
    const minute = minuteOfWeek(zone, ms);
    const toBegin = beginnings(window).map((begins) => minutesFrom(minute, begins) || weekMinutes);
    const leapMs = Math.min(...toBegin, dayMinutes) * minuteMs;
    ms = changeWithin(zone, ms, ms + leapMs) ?? ms + leapMs;
    if (isIn(window, ms)) return ms;
  }
  return undefined;
}

/** The first minute at which the clocks of a zone are other than at the beginning of that time. */
function changeWithin(zone: string, fromMs: number, toMs: number): number | undefined {
  const before = offsetAt(zone, fromMs);
  if (offsetAt(zone, toMs) === before) return undefined;
  let [same, other] = [fromMs / minuteMs, toMs / minuteMs];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(zone, middle * minuteMs) === before) same = middle;
    else other = middle;
  }
  return other * minuteMs;
}

/** `mon-fri 08:00-18:00 Europe/Berlin`. */
export function windowText({ days, fromMinute, toMinute, zone }: TimeWindow): string {
  return `${daysText(days)} ${clockText(fromMinute)}-${clockText(toMinute)} ${zone}`;
}

export const windowsText = (windows: readonly TimeWindow[]): string =>
  windows.map(windowText).join(', ');

function daysText(days: readonly Weekday[]): string {
  const sorted = weekdays.filter((day) => days.includes(day));
  if (sorted.length === weekdays.length) return 'every day';
  const [first = 'mon'] = sorted;
  const last = sorted.at(-1) ?? first;
  const isRow = weekdays.indexOf(last) - weekdays.indexOf(first) === sorted.length - 1;
  return isRow && sorted.length > 2 ? `${first}-${last}` : sorted.join(' ');
}

const clockText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
