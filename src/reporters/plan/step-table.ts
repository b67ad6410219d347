import { isHandOver } from '../../domain/rollout/maintenance.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import { clock, count, roughly, shortPercent } from '../text/amounts.ts';
import { columnsOf, cutToColumns, padStartTo } from '../text/columns.ts';
import { wrapWords } from '../text/wrap-words.ts';
import { serverColumns, type WeightColumns } from './server-columns.ts';

/** A ramp longer than this is shortened in the middle. */
const longestRamp = 24;
const shownAtEachEnd = 10;

const indent = '  ';
const gap = '  ';

/**
 * A row for the start, for each step that changes a weight or stops the rollout, and for the last
 * step; below them the table after the removal.
 */
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
  const columns = serverColumns(service, plan, room, gap.length);
  const steps = rows.flatMap((cells, step) =>
    isShown(plan, service, step) ? [[...cells, ...columns.step(step)]] : [],
  );
  const all = [
    ['', '', '', ...columns.roles],
    [...leftTitles, ...columns.titles],
    ...shorten(steps),
    // Without a hand-over the last step is how the table stays, and a ramp that ends for now empties none.
    ...(isHandOver(plan) && plan.until === undefined ? [[...lastRow, ...columns.final]] : []),
  ];
  const aligned = alignRight(all).map((line) => cutToColumns(indent + line, width).trimEnd());
  return [...aligned, ...noteLines(columns, width), ...idleLines(service, steps.length, width)];
}

const changesWeight = ({ steps }: ServicePlan, step: number): boolean =>
  step > 0 && (steps[step] ?? []).some((weight, index) => weight !== steps[step - 1]?.[index]);

function isShown({ schedule }: Plan, service: ServicePlan, step: number): boolean {
  const { manual, gates } = schedule[step] ?? {};
  const isEnd = step === 0 || step === schedule.length - 1;
  return isEnd || changesWeight(service, step) || manual === true || gates !== undefined;
}

/** `2,880 steps, of which 48 change a weight; the others are not shown`. */
function idleLines(service: ServicePlan, shown: number, width: number): readonly string[] {
  if (shown === service.steps.length) return [];
  const changing = service.steps.filter((_, step) => changesWeight(service, step)).length;
  const all = count(service.steps.length - 1, 'step');
  const verb = changing === 1 ? 'changes' : 'change';
  const text = `${all}, of which ${changing} ${verb} a weight; the others are not shown`;
  return wrapWords(text, { columns: width, first: indent });
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
