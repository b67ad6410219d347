import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMoment } from '../../../src/domain/moment.ts';

const at = (iso: string): number => Date.parse(iso);
const before = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterAll(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

/** Noon in Berlin, which is an hour ahead of UTC in winter. */
const noon = at('2026-11-30T11:00:00Z');

describe('a time that somebody means', () => {
  it.each([
    ['2h', '2026-11-30T13:00:00Z'],
    ['90s', '2026-11-30T11:01:30Z'],
    ['18:00', '2026-11-30T17:00:00Z'],
    ['9:30', '2026-12-01T08:30:00Z'],
    ['12:00', '2026-12-01T11:00:00Z'],
    ['2026-12-24', '2026-12-23T23:00:00Z'],
    ['2026-07-01', '2026-06-30T22:00:00Z'],
    ['2026-12-24T08:00', '2026-12-24T07:00:00Z'],
    ['2026-12-24 08:00', '2026-12-24T07:00:00Z'],
    ['2026-12-24T08:00:30Z', '2026-12-24T08:00:30Z'],
    ['2026-12-24T08:00-05:00', '2026-12-24T13:00:00Z'],
    ['2020-01-01', '2019-12-31T23:00:00Z'],
  ])('%s is %s', (text, expected) => {
    expect(new Date(parseMoment(text, noon) ?? 0)).toEqual(new Date(expected));
  });

  it.each([
    ...['', 'tomorrow', '24:00', '12:60', '1:5', '2026-13-01', '2026-02-29', '2026-12-24T25:00'],
    ...['2026-12-24T08', '12:00Z', '-1h', '2026-12-32', '0x10'],
  ])('%j is none', (text) => {
    expect(parseMoment(text, noon)).toBeUndefined();
  });

  it.each([
    // Clocks go from 02:00 to 03:00.
    ['12:00', '2026-03-28T12:00:00Z', '2026-03-29T10:00:00Z'],
    ['02:30', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00Z'],
    ['02:30', '2026-03-29T12:00:00Z', '2026-03-30T00:30:00Z'],
    // Clocks go from 03:00 to 02:00.
    ['12:00', '2026-10-24T12:00:00Z', '2026-10-25T11:00:00Z'],
  ])('%s from %s on is %s where clocks change', (text, from, expected) => {
    expect(new Date(parseMoment(text, at(from)) ?? 0)).toEqual(new Date(expected));
  });
});
