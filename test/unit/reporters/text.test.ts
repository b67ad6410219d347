import { describe, expect, it } from 'vitest';
import { shortList } from '../../../src/domain/printable.ts';
import { distinctParts } from '../../../src/reporters/plan/distinct-parts.ts';
import { clock, roughly, shortPercent } from '../../../src/reporters/text/amounts.ts';
import { area, bar, track } from '../../../src/reporters/text/blocks.ts';
import { columnsOf, cutToColumns } from '../../../src/reporters/text/columns.ts';
import { painter } from '../../../src/reporters/text/paint.ts';
import { wrapWords } from '../../../src/reporters/text/wrap-words.ts';

const red = (text: string): string => painter(true)('red', text);

describe('columns', () => {
  it.each([
    ['abc', 3],
    ['größe', 5],
    ['日本', 4],
    ['🙂', 2],
    ['e\u0301', 1],
    ['✔ ✖ ⏸ → ━ █', 11],
    [red('abc'), 3],
  ])('of %s are %i', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  it('are never more than asked for, and what fits is left alone', () => {
    expect(cutToColumns('abcdef', 6)).toBe('abcdef');
    expect(cutToColumns('abcdef', 4)).toBe('abc…');
    expect(cutToColumns('日本語', 4)).toBe('日…');
    expect(cutToColumns('abc', 0)).toBe('');
  });

  it('end a colour that is cut', () => {
    expect(cutToColumns(red('abcdef'), 4)).toBe(red('abc…'));
  });
});

describe('words', () => {
  it('are wrapped with their indentation inside the width', () => {
    expect(wrapWords('one two three', { columns: 9, first: '! ' })).toEqual([
      '! one two',
      '  three',
    ]);
  });

  it('stay whole when they are longer than a line', () => {
    expect(wrapWords('a bcdefgh i', { columns: 4, rest: ' ' })).toEqual(['a', ' bcdefgh', ' i']);
  });
});

describe('bars', () => {
  it('have eighths of a cell', () => {
    expect(bar(0.5, 4)).toBe('██  ');
    expect(bar(0.28125, 4)).toBe('█▏  ');
    expect(bar(2, 2)).toBe('██');
    expect(bar(-1, 2)).toBe('  ');
  });

  it('shade what is missing', () => {
    expect(bar(0.25, 8, 0.5)).toBe('██░░    ');
  });

  it('keep their length', () => {
    for (let percent = 0; percent <= 100; percent++) {
      expect(bar(percent / 100, 13)).toHaveLength(13);
      expect(track(percent / 100, 13)).toHaveLength(13);
    }
  });
});

describe('an area', () => {
  it('fills its lines from below', () => {
    expect(area({ values: [0, 1, 2, 3, 4], max: 4, height: 2 })).toEqual(['   ▄█', ' ▄███']);
  });

  it('shows little as more than nothing', () => {
    expect(area({ values: [0, 0.001], max: 1_000, height: 1 })).toEqual([' ▁']);
  });

  it('dots the plan where there is no value yet', () => {
    const values = [0.25, undefined, undefined, undefined];
    expect(area({ values, planned: [0.25, 0.5, 0.75, 1], max: 1, height: 2 })).toEqual([
      '  ··',
      '▄·  ',
    ]);
  });
});

describe('amounts', () => {
  it('are as precise as somebody reads them', () => {
    expect([340, 1_234, 59_006, 134_123].map(roughly)).toEqual(['340ms', '1.2s', '59s', '2m14s']);
    expect([0, 59_600, 135_000, 3_600_000].map(clock)).toEqual(['0:00', '1:00', '2:15', '1:00:00']);
    expect([0.05, 0.125, 1].map(shortPercent)).toEqual(['5 %', '12.5 %', '100 %']);
    expect(shortList(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
  });
});

describe('names', () => {
  it.each([
    [
      ['10.0.0.1:80', '10.0.0.2:80'],
      ['…1', '…2'],
    ],
    [
      ['10.0.0.11:80', '10.0.0.12:80'],
      ['…11', '…12'],
    ],
    [
      ['10.0.0.1:80', '10.0.0.1:8080'],
      ['…80', '…8080'],
    ],
    [
      ['10.0.1.1:80', '10.0.2.1:80'],
      ['…1', '…2'],
    ],
    [
      ['10.0.1.1:80', '192.168.0.1:80'],
      ['10.0.1', '192.168.0'],
    ],
    [
      ['[2001:db8::1]:80', '[2001:db8::2]:80'],
      ['…1', '…2'],
    ],
    [['10.0.0.1:80'], ['10.0.0.1:80']],
  ])('%j are shortened to %j', (names, short) => {
    expect(distinctParts(names)).toEqual(short);
  });
});
