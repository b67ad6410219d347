import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import { clock, roughly, shortPercent } from '../text/amounts.ts';
import { columnsOf, cutToColumns, padStartTo } from '../text/columns.ts';
import { serverColumns, type WeightColumns } from './server-columns.ts';

/** A ramp longer than this is shortened in the middle. */
const longestRamp = 24;
const shownAtEachEnd = 10;

const indent = '  ';
const gap = '  ';

/** A row for each step, and a last one for the table after the removal. */
export function stepTable(plan: Plan, service: ServicePlan, width: number): readonly string[] {
  const { schedule } = plan;
  const time = schedule.every(({ atMs }) => atMs % 1_000 === 0) ? clock : roughly;
  const rows = schedule.map(({ atMs, fraction }, step) => [
    String(step),
    time(atMs),
    shortPercent(fraction),
  ]);
  const widths = columnWidths([leftTitles, ...rows, lastRow]);
  const taken = columnsOf(indent) + widths.reduce((sum, column) => sum + column, 0);
  const room = width - taken - gap.length * (widths.length - 1);
  const columns = serverColumns(service, plan.policy.keep, room, gap.length);
  const steps = rows.map((cells, step) => [...cells, ...columns.step(step)]);
  const all = [
    ['', '', '', ...columns.roles],
    [...leftTitles, ...columns.titles],
    ...shorten(steps),
    // The last step of maintenance is how the table stays.
    ...(maintenanceOf(plan) ? [] : [[...lastRow, ...columns.final]]),
  ];
  const aligned = alignRight(all).map((line) => cutToColumns(indent + line, width).trimEnd());
  return [...aligned, ...noteLines(columns, width)];
}

const leftTitles = ['step', 'time', 'moved'];
const lastRow = ['end', 'empty', ''];

function shorten(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  // The start is a row, but no step of the ramp.
  if (rows.length - 1 <= longestRamp) return rows;
  const ellipsis = (rows[0] ?? []).map(() => '…');
  return [...rows.slice(0, shownAtEachEnd), ellipsis, ...rows.slice(-shownAtEachEnd)];
}

function noteLines({ note }: WeightColumns, width: number): readonly string[] {
  return note === undefined ? [] : [cutToColumns(`${indent}${note}`, width)];
}

const columnWidths = (rows: readonly (readonly string[])[]): readonly number[] =>
  (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => columnsOf(row[column] ?? ''))));

function alignRight(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row.map((cell, column) => padStartTo(cell, widths[column] ?? 0)).join(gap),
  );
}
