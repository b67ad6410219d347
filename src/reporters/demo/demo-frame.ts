import { printable } from '../../domain/printable.ts';
import { spinnerColumns } from '../live/live-text.ts';
import { clock, count, percent } from '../text/amounts.ts';
import { bar } from '../text/blocks.ts';
import { columnsOf, cutToColumns, padEndTo } from '../text/columns.ts';
import type { Paint, Style } from '../text/paint.ts';
import { chartLines, serverNames } from './charts.ts';
import { currentShares, type ServerShare } from './delivered-shares.ts';
import type { DemoRecord } from './demo-record.ts';

/** Servers with a row of their own; old ones, new ones, then the others. */
const mostServers = 4;

/** A picture of the film: at most 18 lines, none wider than `width`. */
export function demoFrame(record: DemoRecord, width: number, paint: Paint): readonly string[] {
  // One column stays free: a character in the last one makes some terminals wrap.
  const columns = width - 1;
  const chart = chartLines(record, {
    width: columns,
    untilMs: horizonMs(record),
    heights: [4, 3],
    paint,
  });
  return [
    cutToColumns(heading(record, paint), columns - spinnerColumns),
    ...serverRows(record, columns, paint),
    '',
    ...chart,
  ].map((line) => cutToColumns(line, columns));
}

/** Room for the drain behind the ramp, as long as nobody knows how long it takes. */
const horizonMs = ({ overMs, elapsedMs, phase }: DemoRecord): number =>
  Math.max(1_000, phase === 'removed' ? 0 : 1.3 * overMs, elapsedMs);

function heading(record: DemoRecord, paint: Paint): string {
  const { service, phase, elapsedMs, overMs, schedule, steps, samples } = record;
  const { from, to } = serverNames(service);
  const left = samples.at(-1)?.onOld ?? 0;
  const words = {
    ramp: `${clock(elapsedMs)} of ${clock(overMs)}  step ${steps.at(-1)?.step ?? 0} of ${schedule.length - 1}`,
    drain: `${clock(elapsedMs)}  ${left > 0 ? `${count(left, 'connection')} left` : 'watched for newcomers'}`,
    removed: clock(elapsedMs),
  };
  return `${paint('bold', `${phase}  ${from} → ${to}`)}  ${words[phase]}`;
}

const indent = '  ';

function serverRows(record: DemoRecord, columns: number, paint: Paint): readonly string[] {
  const shares = currentShares(record)?.shares ?? [];
  const shown = shares.slice(0, mostServers);
  const names = ['', ...shown.map(({ server }) => printable(server))];
  const nameColumns = Math.max(...names.map(columnsOf));
  // Two bars, each with its number; what is left for them after name, role and weight.
  const cells = Math.max(0, Math.floor((columns - nameColumns - 34) / 2));
  const title = [
    padEndTo('', nameColumns + 5),
    'weight',
    padEndTo('  planned', cells + 10),
    '  delivered',
  ];
  const rows = shown.map((share, index) => {
    const { style, role } = roleOf(record, index);
    const name = padEndTo(printable(share.server), nameColumns);
    const weight = String(shownWeight(record, share, index)).padStart(6);
    return `${indent}${name} ${role.padEnd(3)} ${weight}  ${paint('gray', bar(share.planned, cells))} ${percent(share.planned, 1).padStart(7)}  ${paint(style, bar(share.delivered, cells, share.planned))} ${percent(share.delivered, 1).padStart(7)}`;
  });
  const hidden = shares.length - shown.length;
  return [
    `${indent}${title.join('')}`,
    ...rows,
    ...(hidden > 0 ? [`${indent}+ ${hidden} more, shares unchanged`] : []),
  ];
}

/** The weight shown for a server; after the removal it is on its own scale, shares unchanged. */
function shownWeight({ phase, service }: DemoRecord, share: ServerShare, index: number): string {
  if (phase !== 'removed') return String(share.weight);
  return index < service.oldServers.length ? '–' : String(service.finalWeights[index] ?? 0);
}

function roleOf(
  { service }: DemoRecord,
  index: number,
): { readonly style: Style; readonly role: string } {
  if (index < service.oldServers.length) return { style: 'yellow', role: 'old' };
  if (index < service.oldServers.length + service.newServers.length) {
    return { style: 'green', role: 'new' };
  }
  return { style: 'cyan', role: '' };
}
