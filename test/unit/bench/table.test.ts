import { expect, it } from 'vitest';
import type { BenchRow } from '../../../bench/benchmark.ts';
import { formatFigure } from '../../../bench/format-figure.ts';
import { benchTable } from '../../../bench/table.ts';

const row = (over: Partial<BenchRow>): BenchRow => ({
  what: 'a thing',
  ours: { value: 30, unit: 'ms' },
  against: [{ name: 'bare', figure: { value: 20, unit: 'ms' } }],
  goal: 'at most 2x',
  met: true,
  ...over,
});

it('a row shows both times, their ratio and the verdict, and a line for every further rival', () => {
  const floor = { name: 'a bare loop', figure: { value: 24, unit: 'ms' } } as const;
  const both = row({ met: false, against: [...row({}).against, floor] });
  expect(benchTable([both])).toEqual([
    '         drain  against             ratio  goal        met',
    'a thing  30 ms  bare         20 ms  1.50x  at most 2x  NO',
    '                a bare loop  24 ms  1.25x',
  ]);
});

it('figures of different units have no ratio, and a row without a rival none either', () => {
  const other = { name: 'promised', figure: { value: 5, unit: 's' } } as const;
  const lines = benchTable([
    row({ against: [other] }),
    row({ against: [], met: undefined, goal: '' }),
  ]);
  expect(lines.slice(1)).toEqual([
    'a thing  30 ms  promised  5 s         at most 2x  yes',
    'a thing  30 ms',
  ]);
});

it.each([
  [{ value: 1.2345, unit: 'ms' }, '1.23 ms'],
  [{ value: 12_345.6, unit: 'ms' }, '12.3 s'],
  [{ value: 45_600_000, unit: 'bytes' }, '45.6 MB'],
  [{ value: 120_000, unit: 'rows' }, '120,000 rows'],
  [{ value: 1.5, unit: 'times' }, '1.50x'],
] as const)('%j is %s', (figure, text) => {
  expect(formatFigure(figure)).toBe(text);
});
