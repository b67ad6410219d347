import { describe, expect, it } from 'vitest';
import { parseDays, parseHours } from '../../../../src/domain/time/parse-window.ts';
import {
  isOpen,
  nextOpening,
  type TimeWindow,
  weekdays,
  windowText,
} from '../../../../src/domain/time/windows.ts';
import { clockReading, isZone } from '../../../../src/domain/time/zone.ts';

const windowOf = (days: string, hours: string, zone: string): TimeWindow => {
  const [parsedDays, parsedHours] = [parseDays(days), parseHours(hours)];
  if (!parsedDays.ok || !parsedHours.ok) throw new Error(`no window: ${days} ${hours}`);
  return { days: parsedDays.value, ...parsedHours.value, zone };
};
const everyDay = (hours: string, zone: string) => [windowOf('mon-sun', hours, zone)];

/** The times at which it opens and shuts, looked at in every minute. */
function changes(windows: readonly TimeWindow[], from: string, to: string): readonly string[] {
  const found: string[] = [];
  let before = isOpen(windows, Date.parse(from) - 60_000);
  for (let ms = Date.parse(from); ms < Date.parse(to); ms += 60_000) {
    const now = isOpen(windows, ms);
    if (now !== before)
      found.push(`${now ? 'opens' : 'shuts'} ${new Date(ms).toISOString().slice(0, 16)}Z`);
    before = now;
  }
  return found;
}

const opening = (windows: readonly TimeWindow[], from: string): string | undefined => {
  const ms = nextOpening(windows, Date.parse(from));
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('a window', () => {
  it('is open on its days from its first minute to before its last', () => {
    const windows = [windowOf('mon-fri', '08:00-18:00', 'UTC')];
    expect(changes(windows, '2026-11-27T00:00Z', '2026-12-01T00:00Z')).toEqual([
      'opens 2026-11-27T08:00Z',
      'shuts 2026-11-27T18:00Z',
      'opens 2026-11-30T08:00Z',
      'shuts 2026-11-30T18:00Z',
    ]);
    expect(isOpen(windows, Date.parse('2026-11-30T18:00Z') - 1)).toBe(true);
  });

  it('over midnight begins on its days and ends on the day after', () => {
    const windows = [windowOf('fri', '22:00-04:00', 'UTC')];
    expect(changes(windows, '2026-11-26T00:00Z', '2026-11-30T00:00Z')).toEqual([
      'opens 2026-11-27T22:00Z',
      'shuts 2026-11-28T04:00Z',
    ]);
  });

  it('over the end of the week goes on into Monday', () => {
    const windows = [windowOf('sun', '22:00-04:00', 'UTC')];
    expect(changes(windows, '2026-11-29T12:00Z', '2026-11-30T12:00Z')).toEqual([
      'opens 2026-11-29T22:00Z',
      'shuts 2026-11-30T04:00Z',
    ]);
  });

  it('to 24:00 goes on in the one that begins at 00:00 of the day after', () => {
    const windows = [windowOf('sat', '18:00-24:00', 'UTC'), windowOf('sun', '00:00-06:00', 'UTC')];
    expect(changes(windows, '2026-11-28T00:00Z', '2026-11-30T00:00Z')).toEqual([
      'opens 2026-11-28T18:00Z',
      'shuts 2026-11-29T06:00Z',
    ]);
  });

  it('of a whole week never shuts', () => {
    expect(
      changes(everyDay('00:00-24:00', 'Europe/Berlin'), '2026-03-28T00:00Z', '2026-03-30T00:00Z'),
    ).toEqual([]);
  });

  it.each([
    ['Asia/Kolkata', '08:00-09:00', ['opens 2026-06-01T02:30Z', 'shuts 2026-06-01T03:30Z']],
    ['Asia/Kathmandu', '08:00-09:00', ['opens 2026-06-01T02:15Z', 'shuts 2026-06-01T03:15Z']],
    ['America/St_Johns', '08:00-09:00', ['opens 2026-06-01T10:30Z', 'shuts 2026-06-01T11:30Z']],
  ])('in %s keeps the half hours of that zone', (zone, hours, expected) => {
    expect(changes(everyDay(hours, zone), '2026-06-01T00:00Z', '2026-06-02T00:00Z')).toEqual(
      expected,
    );
  });
});

describe('where clocks are put forward', () => {
  it.each([
    // 02:00 becomes 03:00 at 01:00 of UTC in Berlin, and at 07:00 of UTC in New York.
    ['Europe/Berlin', '2026-03-29', '02:00-03:00', []],
    ['Europe/Berlin', '2026-03-29', '02:30-03:30', ['opens 01:00', 'shuts 01:30']],
    ['Europe/Berlin', '2026-03-29', '01:30-02:30', ['opens 00:30', 'shuts 01:00']],
    ['Europe/Berlin', '2026-03-29', '01:00-04:00', ['opens 00:00', 'shuts 02:00']],
    ['America/New_York', '2026-03-08', '02:00-03:00', []],
    ['America/New_York', '2026-03-08', '02:30-03:30', ['opens 07:00', 'shuts 07:30']],
    // By half an hour: 02:00 becomes 02:30 at 15:30 of UTC the day before.
    ['Australia/Lord_Howe', '2026-10-03', '02:00-02:30', []],
    ['Australia/Lord_Howe', '2026-10-03', '02:15-03:00', ['opens 15:30', 'shuts 16:00']],
  ])('in %s on %s a window of %s has what of it comes', (zone, day, hours, expected) => {
    const found = changes(everyDay(hours, zone), `${day}T00:00Z`, `${day}T20:00Z`);
    expect(found.map((one) => one.replace(`${day}T`, '').replace('Z', ''))).toEqual(expected);
  });

  it('a window that falls out is waited for until the next that comes', () => {
    const sundays = [windowOf('sun', '02:00-03:00', 'Europe/Berlin')];
    expect(opening(sundays, '2026-03-23T00:00Z')).toBe('2026-04-05T00:00:00.000Z');
    expect(opening(everyDay('02:00-03:00', 'America/New_York'), '2026-03-08T00:00Z')).toBe(
      '2026-03-09T06:00:00.000Z',
    );
  });

  it('a window that clocks are put into opens at that moment', () => {
    const windows = everyDay('02:30-03:30', 'Europe/Berlin');
    expect(opening(windows, '2026-03-28T12:00Z')).toBe('2026-03-29T01:00:00.000Z');
  });
});

describe('where clocks are put back', () => {
  it.each([
    // 03:00 becomes 02:00 at 01:00 of UTC in Berlin; 02:00 becomes 01:00 at 06:00 of UTC in New York.
    ['Europe/Berlin', '2026-10-25', '02:00-03:00', ['opens 00:00', 'shuts 02:00']],
    [
      'Europe/Berlin',
      '2026-10-25',
      '02:00-02:30',
      ['opens 00:00', 'shuts 00:30', 'opens 01:00', 'shuts 01:30'],
    ],
    ['Europe/Berlin', '2026-10-25', '03:00-04:00', ['opens 02:00', 'shuts 03:00']],
    ['America/New_York', '2026-11-01', '01:00-02:00', ['opens 05:00', 'shuts 07:00']],
    [
      'America/New_York',
      '2026-11-01',
      '01:30-02:00',
      ['opens 05:30', 'shuts 06:00', 'opens 06:30', 'shuts 07:00'],
    ],
    ['Australia/Lord_Howe', '2026-04-04', '01:30-02:00', ['opens 14:30', 'shuts 15:30']],
  ])('in %s on %s a window of %s has what comes twice', (zone, day, hours, expected) => {
    const found = changes(everyDay(hours, zone), `${day}T00:00Z`, `${day}T23:59Z`);
    expect(found.map((one) => one.replace(`${day}T`, '').replace('Z', ''))).toEqual(expected);
  });

  it('a window that clocks are put back into opens once more', () => {
    const windows = everyDay('02:00-02:30', 'Europe/Berlin');
    expect(opening(windows, '2026-10-25T00:30Z')).toBe('2026-10-25T01:00:00.000Z');
    expect(opening(windows, '2026-10-25T01:30Z')).toBe('2026-10-26T01:00:00.000Z');
  });
});

describe('the words of a window', () => {
  it.each([
    ['mon-fri', ['mon', 'tue', 'wed', 'thu', 'fri']],
    ['Fri-Mon', ['fri', 'sat', 'sun', 'mon']],
    ['saturday', ['sat']],
  ])('%s are days', (text, days) => {
    expect(parseDays(text)).toEqual({ ok: true, value: days });
  });

  it.each(['', 'mo', 'mon-', 'mon-tue-wed', 'tomorrow', 'constructor'])('"%s" are none', (text) => {
    expect(parseDays(text).ok).toBe(false);
  });

  it.each([
    ['08:00-18:00', 480, 1_080],
    ['22:00 - 4:00', 1_320, 240],
    ['00:00-24:00', 0, 1_440],
    ['18:00-24:00', 1_080, 1_440],
    ['22:00-00:00', 1_320, 0],
  ])('%s are hours', (text, fromMinute, toMinute) => {
    expect(parseHours(text)).toEqual({ ok: true, value: { fromMinute, toMinute } });
  });

  it.each([
    ['08:00-08:00', 'never open'],
    ['00:00-00:00', 'never open'],
    ['24:00-24:00', 'never open'],
    ['24:00-02:00', 'begin at 24:00'],
    ['08:00', 'no hours'],
    ['08:00-25:00', 'no hours'],
    ['08:60-09:00', 'no hours'],
    ['08:00-24:01', 'no hours'],
  ])('%s are refused: %s', (text, why) => {
    const parsed = parseHours(text);
    expect(parsed.ok ? '' : parsed.failure).toContain(why);
  });

  it('are those of the file again', () => {
    expect(windowText(windowOf('mon-fri', '08:00-18:00', 'Europe/Berlin'))).toBe(
      'mon-fri 08:00-18:00 Europe/Berlin',
    );
    expect(windowText({ days: weekdays, fromMinute: 0, toMinute: 1_440, zone: 'UTC' })).toBe(
      'every day 00:00-24:00 UTC',
    );
    expect(windowText(windowOf('fri-mon', '22:00-04:00', 'UTC'))).toBe(
      'mon fri sat sun 22:00-04:00 UTC',
    );
  });
});

describe('a zone', () => {
  it('is one that Intl knows', () => {
    expect(['Europe/Berlin', 'UTC', 'Asia/Kathmandu'].map(isZone)).toEqual([true, true, true]);
    expect(['', 'Europe/Berlln', 'MEZ/X'].map(isZone)).toEqual([false, false, false]);
  });

  it('shows midnight as hour 0 of the day that begins', () => {
    expect(clockReading('Europe/Berlin', Date.UTC(2026, 10, 30, 23))).toBe(Date.UTC(2026, 11, 1));
  });
});
