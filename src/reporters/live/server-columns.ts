import { printable } from '../../domain/printable.ts';
import { grouped, percent } from '../text/amounts.ts';
import { bar } from '../text/blocks.ts';
import { columnsOf, cutMiddle, cutToColumns, padEndTo, padStartTo } from '../text/columns.ts';
import type { Paint } from '../text/paint.ts';
import type { ServerRow } from './server-rows.ts';

/** Widths of the columns; 0 is a column that is left out. */
export interface ServerColumns {
  readonly name: number;
  readonly role: number;
  readonly weight: number;
  readonly shareBar: number;
  readonly share: number;
  readonly connectionBar: number;
  readonly active: number;
  readonly inactive: number;
  readonly state: number;
}

/** Blanks before each column. */
const gaps: Readonly<Record<keyof ServerColumns, number>> = {
  name: 2,
  role: 1,
  weight: 2,
  shareBar: 2,
  share: 1,
  connectionBar: 2,
  active: 1,
  inactive: 2,
  state: 2,
};
const shortestBar = 4;
const longestBar = 24;

/** Columns that are left out, in this order, where there is no room for all. */
const omissions: readonly (readonly (keyof ServerColumns)[])[] = [
  [],
  ['connectionBar'],
  ['connectionBar', 'role'],
  ['connectionBar', 'role', 'inactive'],
  ['connectionBar', 'role', 'inactive', 'shareBar'],
  ['connectionBar', 'role', 'inactive', 'shareBar', 'share'],
  ['connectionBar', 'role', 'inactive', 'shareBar', 'share', 'state'],
];

/** A set of columns for all rows of a frame, at most `width` wide together. */
export function serverColumns(rows: readonly ServerRow[], width: number): ServerColumns {
  const widest = (texts: readonly string[], least: number): number =>
    Math.max(least, ...texts.map(columnsOf));
  const longestName = widest(
    rows.map(({ server }) => printable(server)),
    6,
  );
  const wanted: ServerColumns = {
    name: Math.min(longestName, Math.max(14, Math.floor(width * 0.3))),
    role: widest(
      rows.map(({ role }) => role),
      3,
    ),
    weight: widest(
      rows.map(({ weight }) => weight),
      6,
    ),
    shareBar: shortestBar,
    share: 5,
    connectionBar: shortestBar,
    active: widest(
      rows.map(({ activeConn = 0 }) => grouped(activeConn)),
      6,
    ),
    inactive: widest(
      rows.map(({ inActConn = 0 }) => grouped(inActConn)),
      5,
    ),
    state: widest(
      rows.map(({ state }) => state.text),
      14,
    ),
  };
  for (const omitted of omissions) {
    const columns = { ...wanted, ...Object.fromEntries(omitted.map((name) => [name, 0])) };
    const spare = width - widthOf(columns);
    if (spare >= 0) return withLongerBars(columns, spare);
  }
  return { ...wanted, ...Object.fromEntries((omissions.at(-1) ?? []).map((name) => [name, 0])) };
}

const widthOf = (columns: ServerColumns): number =>
  Object.entries(gaps)
    .map(([name, gap]) => ({ gap, cells: columns[name as keyof ServerColumns] }))
    .reduce((sum, { gap, cells }) => sum + (cells > 0 ? gap + cells : 0), 0);

/** The bars share the room that is left, the one for the share taking more of it. */
function withLongerBars(columns: ServerColumns, spare: number): ServerColumns {
  const { shareBar, connectionBar } = columns;
  if (shareBar === 0) return columns;
  const more = connectionBar === 0 ? spare : Math.ceil(spare * 0.55);
  const longerShare = Math.min(longestBar, shareBar + more);
  const left = spare - (longerShare - shareBar);
  return {
    ...columns,
    shareBar: longerShare,
    connectionBar: connectionBar === 0 ? 0 : Math.min(longestBar, connectionBar + left),
  };
}

/** The words above the columns. */
export function columnTitles(columns: ServerColumns, paint: Paint): string {
  const titles = {
    weight: padStartTo('weight', columns.weight),
    ...(columns.shareBar > 0 ? { shareBar: 'share' } : { share: 'share' }),
    active: padStartTo('active', columns.active),
    inactive: padStartTo('inact', columns.inactive),
  };
  return paint('gray', lineOf(columns, titles));
}

export function rowLine(row: ServerRow, columns: ServerColumns, paint: Paint): string {
  const { server, role, weight, share, activeConn, inActConn, mostActive, state, style } = row;
  const connections = mostActive === 0 ? 0 : (activeConn ?? 0) / mostActive;
  // Little is not nothing: a server with one connection left is not empty.
  const drawn = (fraction: number, cells: number): string =>
    paint(style, bar(fraction > 0 ? Math.max(fraction, 1 / (8 * cells)) : 0, cells));
  const shown = (count: number | undefined): string => (count === undefined ? '' : grouped(count));
  const words = cutToColumns(state.text, columns.state);
  return lineOf(columns, {
    name: cutMiddle(printable(server), columns.name),
    role,
    weight: padStartTo(weight, columns.weight),
    shareBar: drawn(share, columns.shareBar),
    share: padStartTo(percent(share), columns.share),
    connectionBar: drawn(connections, columns.connectionBar),
    active: padStartTo(shown(activeConn), columns.active),
    inactive: padStartTo(shown(inActConn), columns.inactive),
    state: state.style ? paint(state.style, words) : words,
  });
}

/** Each text in its column; one with nothing in it stays blank. */
const lineOf = (
  columns: ServerColumns,
  texts: Partial<Record<keyof ServerColumns, string>>,
): string =>
  Object.entries(gaps)
    .map(([key, gap]) => {
      const name = key as keyof ServerColumns;
      if (columns[name] === 0) return '';
      return ' '.repeat(gap) + padEndTo(texts[name] ?? '', columns[name]);
    })
    .join('');
