import { count } from '../text/amounts.ts';
import { columnsOf, cutToColumns } from '../text/columns.ts';
import type { Paint } from '../text/paint.ts';
import { handOver } from '../wording.ts';
import { footerLines } from './live-footer.ts';
import {
  hasSeveralDirectors,
  isOver,
  type LivePhase,
  type LiveService,
  type LiveView,
  phaseWords,
} from './live-view.ts';
import { columnTitles, rowLine, serverColumns } from './server-columns.ts';
import { type RowLimits, serverRows } from './server-rows.ts';
import { serviceName, serviceTitle } from './service-title.ts';

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  /** Columns left free at the start of the first line. */
  readonly headingIndent: number;
  /** Words for what somebody can do, at the end of the footer. */
  readonly how: readonly string[];
  /** Words behind the phase, such as whose rollout it is. */
  readonly label?: string;
}

/** A service with or without rows of its servers. */
interface Block {
  readonly service: LiveService;
  readonly limits: RowLimits | undefined;
}

/** The more of these a service has room for, the better. */
const rowLimits: readonly RowLimits[] = [
  { moved: 16, bystanders: 8 },
  { moved: 8, bystanders: 3 },
  { moved: 4, bystanders: 0 },
  { moved: 2, bystanders: 0 },
];

/** A rollout as a table: at most `rows` lines, none wider than `columns`. */
export function liveLines(view: LiveView, options: FrameOptions, paint: Paint): readonly string[] {
  const { columns, rows, headingIndent, how, label } = options;
  const heading = cutToColumns(headingOf(view, label, paint), columns - headingIndent);
  const footer = footerLines(view, how, columns, paint);
  const room = rows - 1 - footer.length;
  const lines = room > 0 ? servicesIn(view, room, columns, paint) : [];
  return [heading, ...lines, ...footer]
    .map((line) => cutToColumns(line, columns))
    .slice(0, Math.max(0, rows));
}

function servicesIn(
  view: LiveView,
  room: number,
  columns: number,
  paint: Paint,
): readonly string[] {
  const services = byInterest(view);
  return blockLines(view, fitBlocks(view, services, room), services, columns, paint);
}

const phaseStyles: Partial<Record<LivePhase, 'yellow' | 'red'>> = {
  paused: 'yellow',
  held: 'yellow',
  'rolling-back': 'yellow',
  'cut-off': 'red',
};

function headingOf(view: LiveView, label: string | undefined, paint: Paint): string {
  const { phase } = view;
  const style = phaseStyles[phase];
  const words = phaseWords[phase];
  const word = style ? paint(style, words) : words;
  return [paint('bold', word), ...(label ? [label] : []), handOver(view)].join('  ');
}

/** All services with as many servers as fit; or a line each, and rows for the first of them. */
function fitBlocks(
  view: LiveView,
  services: readonly LiveService[],
  room: number,
): readonly Block[] {
  const heightOf = (blocks: readonly Block[]): number => {
    const heights = blocks.map((block) => heightOfBlock(view, block));
    const titles = blocks.some(({ limits }) => limits) ? 1 : 0;
    return heights.reduce((sum, height) => sum + height, titles);
  };
  // Each has a title and a server at least: far too many need not be tried.
  if (services.length * 2 <= room) {
    for (const limits of rowLimits) {
      const blocks = services.map((service) => ({ service, limits }));
      if (heightOf(blocks) <= room) return blocks;
    }
  }
  const shown = services.length <= room ? services : services.slice(0, Math.max(0, room - 1));
  const blocks: Block[] = shown.map((service) => ({ service, limits: undefined }));
  let left = room - blocks.length - (services.length > shown.length ? 1 : 0) - 1;
  for (const [index, block] of blocks.entries()) {
    const limits = rowLimits.find(
      (one) => heightOfBlock(view, { ...block, limits: one }) - 1 <= left,
    );
    if (!limits) break;
    blocks[index] = { ...block, limits };
    left -= heightOfBlock(view, { ...block, limits }) - 1;
  }
  return blocks;
}

function heightOfBlock(view: LiveView, { service, limits }: Block): number {
  if (!limits) return 1;
  const { rows, hidden } = serverRows(view, service, limits);
  return 1 + rows.length + (hidden > 0 ? 1 : 0);
}

function blockLines(
  view: LiveView,
  blocks: readonly Block[],
  services: readonly LiveService[],
  width: number,
  paint: Paint,
): readonly string[] {
  const namesDirector = hasSeveralDirectors(view);
  const names = blocks.map(({ service }) => serviceName(service, namesDirector));
  const nameColumns = Math.min(Math.max(0, ...names.map(columnsOf)), Math.floor(width * 0.45));
  const tables = blocks.map(({ service, limits }) =>
    limits ? serverRows(view, service, limits) : { rows: [], hidden: 0, hiddenMoved: 0 },
  );
  const rows = tables.flatMap((table) => table.rows);
  const columns = serverColumns(rows, width);
  const lines = blocks.flatMap(({ service, limits }, index) => {
    const { rows: own = [], hidden = 0, hiddenMoved = 0 } = tables[index] ?? {};
    const title = { namesDirector, nameColumns, width, isAlone: limits === undefined };
    const what = hiddenMoved > 0 ? 'more server' : 'bystander';
    return [
      serviceTitle(view, service, title, paint),
      ...own.map((row) => rowLine(row, columns, paint).trimEnd()),
      ...(hidden > 0 ? [paint('gray', `  … and ${count(hidden, what)}`)] : []),
    ];
  });
  const hidden = services.slice(blocks.length);
  return [
    ...(rows.length > 0 ? [columnTitles(columns, paint).trimEnd()] : []),
    ...lines,
    ...(hidden.length > 0 ? [paint('gray', summaryOfHidden(hidden))] : []),
  ];
}

/** Services by interest, for a board without room for all; those that are over make room. */
export function byInterest({ services }: LiveView): readonly LiveService[] {
  const ranks: [LiveService[], LiveService[], LiveService[]] = [[], [], []];
  for (const service of services.values()) ranks[rankOf(service)].push(service);
  return ranks.flat();
}

function rankOf(service: LiveService): 0 | 1 | 2 {
  const leaving = [...service.leaving.values()];
  if (leaving.some((one) => one.kind === 'draining' && one.held)) return 0;
  return isOver(service) ? 2 : 1;
}

/** `… and 12 more: 8 under way, 4 done`. */
export function summaryOfHidden(hidden: readonly LiveService[]): string {
  const done = hidden.filter(isOver).length;
  const open = hidden.length - done;
  const kinds = [...(open > 0 ? [`${open} under way`] : []), ...(done > 0 ? [`${done} done`] : [])];
  return `… and ${hidden.length} more: ${kinds.join(', ')}`;
}
