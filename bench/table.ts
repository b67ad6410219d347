import { columnsOf, padEndTo, padStartTo } from '../src/reporters/text/columns.ts';
import type { BenchRow } from './benchmark.ts';
import { formatFigure, formatRatio } from './format-figure.ts';

const titles = ['', 'drain', 'against', '', 'ratio', 'goal', 'met'];
/** Numbers stand at the right. */
const fromTheRight = [false, true, false, true, true, false, false];

/** The rows as a table: one line for each thing that a row is compared to. */
export function benchTable(rows: readonly BenchRow[]): readonly string[] {
  const lines = [titles, ...rows.flatMap(linesOf)];
  const widths = titles.map((_, column) =>
    Math.max(...lines.map((cells) => columnsOf(cells[column] ?? ''))),
  );
  return lines.map((cells) => {
    const padded = cells.map((cell, column) =>
      (fromTheRight[column] ? padStartTo : padEndTo)(cell, widths[column] ?? 0),
    );
    return padded.join('  ').trimEnd();
  });
}

function linesOf({ what, ours, against, goal, met }: BenchRow): readonly (readonly string[])[] {
  const verdict = met === undefined ? '' : met ? 'yes' : 'NO';
  const figure = formatFigure(ours);
  if (against.length === 0) return [[what, figure, '', '', '', goal, verdict]];
  return against.map((rival, index) => {
    const sameUnit = rival.figure.unit === ours.unit;
    const ratio = ours.value / rival.figure.value;
    const compared = [
      rival.name,
      formatFigure(rival.figure),
      sameUnit && Number.isFinite(ratio) ? formatRatio(ratio) : '',
    ];
    return index === 0 ? [what, figure, ...compared, goal, verdict] : ['', '', ...compared, '', ''];
  });
}
