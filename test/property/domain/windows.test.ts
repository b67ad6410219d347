import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  isOpen,
  nextOpening,
  type TimeWindow,
  weekdays,
} from '../../../src/domain/time/windows.ts';

const minuteMs = 60_000;
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
] as const;

const window = fc
  .record({
    days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
    fromMinute: fc.integer({ min: 0, max: 1_439 }),
    length: fc.integer({ min: 1, max: 1_440 }),
    zone: fc.constantFrom(...zones),
  })
  .map(({ length, fromMinute, ...rest }): TimeWindow => {
    const end = fromMinute + length;
    return { ...rest, fromMinute, toMinute: end > 1_440 ? end - 1_440 : end };
  });

/** Days around which clocks are put forward or back somewhere, and others. */
const time = fc.oneof(
  fc.constantFrom(
    '2026-03-08',
    '2026-03-29',
    '2026-10-25',
    '2026-11-01',
    '2026-04-04',
    '2026-10-03',
  ),
  fc
    .integer({ min: 1, max: 365 })
    .map((day) => new Date(Date.UTC(2026, 0, day)).toISOString().slice(0, 10)),
);
const moment = fc
  .tuple(time, fc.integer({ min: -2 * 1_440, max: 1_440 }), fc.integer({ min: 0, max: 59_999 }))
  .map(([day, minute, ms]) => Date.parse(`${day}T00:00Z`) + minute * minuteMs + ms);

/** What clocks of a zone show, by another way through Intl. */
function shown(zone: string, ms: number): { readonly day: string; readonly minute: number } {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(ms);
  const part = (type: string): string => text.find((one) => one.type === type)?.value ?? '';
  const day = {
    mån: 'mon',
    tis: 'tue',
    ons: 'wed',
    tors: 'thu',
    fre: 'fri',
    lör: 'sat',
    sön: 'sun',
  };
  return {
    day: Object.entries(day).find(([name]) => part('weekday').startsWith(name))?.[1] ?? '',
    minute: 60 * Number(part('hour')) + Number(part('minute')),
  };
}

it('a window is open whenever the clocks of its zone show one of its days and hours', () =>
  fc.assert(
    fc.property(window, moment, (one, ms) => {
      const { day, minute } = shown(one.zone, ms);
      const { fromMinute, toMinute } = one;
      const before = weekdays[(weekdays.indexOf(day as 'mon') + 6) % 7] as 'mon';
      const isOver = toMinute <= fromMinute;
      const expected = isOver
        ? (one.days.includes(day as 'mon') && minute >= fromMinute) ||
          (one.days.includes(before) && minute < toMinute)
        : one.days.includes(day as 'mon') && minute >= fromMinute && minute < toMinute;
      expect(isOpen([one], ms)).toBe(expected);
    }),
    { numRuns: 500 },
  ));

it('the next opening is open, and nothing is open before it', () =>
  fc.assert(
    fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), moment, (windows, fromMs) => {
      const next = nextOpening(windows, fromMs);
      if (next === undefined) throw new Error('a window that never opens');
      expect(isOpen(windows, next)).toBe(true);
      // Windows begin and clocks change on whole minutes: what is shut in each of them is shut.
      const first = Math.ceil(fromMs / minuteMs) * minuteMs;
      if (next > fromMs) expect(isOpen(windows, fromMs)).toBe(false);
      const minutes = Math.max(0, Math.ceil((next - first) / minuteMs));
      const step = Math.max(1, Math.floor(minutes / 400));
      for (let i = 0; i < minutes; i += step) {
        expect(isOpen(windows, first + i * minuteMs)).toBe(false);
      }
      if (next - minuteMs >= fromMs) expect(isOpen(windows, next - minuteMs)).toBe(false);
    }),
    { numRuns: 150 },
  ));

it('a window opens again and again, at least every other week', () =>
  fc.assert(
    fc.property(window, moment, (one, fromMs) => {
      const next = nextOpening([one], fromMs) ?? Number.POSITIVE_INFINITY;
      expect(next - fromMs).toBeLessThanOrEqual(2 * 7 * 1_440 * minuteMs + 60 * minuteMs);
    }),
    { numRuns: 200 },
  ));
