import { printable, shortList } from '../../domain/printable.ts';
import type { ServicePlan } from '../../domain/rollout/plan.ts';
import { clock, percent } from '../text/amounts.ts';
import { area } from '../text/blocks.ts';
import type { Paint } from '../text/paint.ts';
import type { DemoRecord } from './demo-record.ts';
import { timeSeries } from './time-series.ts';

export interface ChartOptions {
  readonly width: number;
  /** The end of the time axis. */
  readonly untilMs: number;
  /** Lines of the upper and the lower chart. */
  readonly heights: readonly [number, number];
  readonly paint: Paint;
}

const indent = '  ';
/** `100 % `, to the left of a chart. */
const scaleColumns = 7;

/** Two charts over one time axis: the new servers' share, the old ones' active connections. */
export function chartLines(record: DemoRecord, options: ChartOptions): readonly string[] {
  const { width, untilMs, heights, paint } = options;
  const columns = Math.max(10, width - indent.length - scaleColumns - 1);
  const { delivered, planned, onOld } = timeSeries(record, untilMs, columns);
  const most = Math.max(1, ...onOld.map((value) => value ?? 0));
  // Bystanders keep their share, so the new servers may never come near 100 %.
  const goal = Math.max(0.01, ...planned);
  const shares = area({ values: delivered, planned, max: goal, height: heights[0] });
  const left = area({ values: onOld, max: most, height: heights[1] });
  return [
    `${indent}new connections on ${serverNames(record.service).to}: █ delivered, · planned`,
    ...withScale(shares, percent(goal), percent(0)).map((line) => painted(line, 'green', paint)),
    `${indent}${remainingTitle(record)}`,
    ...withScale(left, String(most), '0').map((line) => painted(line, 'yellow', paint)),
    axis(record, untilMs, columns),
  ];
}

/** `10.0.0.1:80`, or `10.0.0.1:80, 10.0.0.4:80`. */
export const serverNames = ({
  oldServers,
  newServers,
}: ServicePlan): { readonly from: string; readonly to: string } => ({
  from: shortList(
    oldServers.map((server) => printable(server)),
    2,
  ),
  to: shortList(
    newServers.map((server) => printable(server)),
    2,
  ),
});

const withScale = (lines: readonly string[], top: string, bottom: string): readonly string[] =>
  lines.map((line, index) => {
    const label = index === 0 ? top : index === lines.length - 1 ? bottom : '';
    return `${indent}${label.padStart(scaleColumns - 1)} ${line}`.trimEnd();
  });

const painted = (line: string, style: 'green' | 'yellow', paint: Paint): string =>
  line
    .replace(/[▁▂▃▄▅▆▇█]+/g, (blocks) => paint(style, blocks))
    .replace(/·+/g, (dots) => paint('gray', dots));

/** Times below their columns: the start, the end of the ramp, and when the old servers were empty. */
function axis({ overMs, emptyMs }: DemoRecord, untilMs: number, columns: number): string {
  let line = '';
  for (const atMs of [0, overMs, ...(emptyMs === undefined ? [] : [emptyMs])]) {
    const text = clock(atMs);
    const place = Math.round((atMs / untilMs) * columns);
    const start = Math.min(place, columns - text.length);
    // No room, no time: one in the wrong place is worse than none.
    if (line === '' || start > line.length) line = line.padEnd(start) + text;
  }
  return `${indent}${' '.repeat(scaleColumns)}${line}`;
}

/** `active connections on 10.0.0.1:80; the ramp ends at 5:00, empty at 5:59`. */
function remainingTitle({ service, overMs, emptyMs }: DemoRecord): string {
  const empty = emptyMs === undefined ? '' : `, empty at ${clock(emptyMs)}`;
  return `active connections on ${serverNames(service).from}; the ramp ends at ${clock(overMs)}${empty}`;
}
