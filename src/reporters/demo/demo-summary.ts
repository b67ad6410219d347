import type { Output, Reporter } from '../reporter.ts';
import { clock, count, percent, roughly } from '../text/amounts.ts';
import { bar } from '../text/blocks.ts';
import { cutToColumns } from '../text/columns.ts';
import { type Paint, painter } from '../text/paint.ts';
import { wrapWords } from '../text/wrap-words.ts';
import { chartLines, serverNames } from './charts.ts';
import { type StepShares, sharesByStep, worstDeviation } from './delivered-shares.ts';
import { addToRecord, type DemoRecord, openRecord } from './demo-record.ts';
import type { DemoTraffic } from './demo-traffic.ts';

/** Writes nothing while the demo runs, and its results at the end; for a pipe. */
export function createDemoSummary(output: Output, traffic: DemoTraffic): Reporter {
  let record: DemoRecord | undefined;
  return {
    plan(plan) {
      record = openRecord(plan, traffic);
    },
    event(event) {
      if (!record) return;
      record = addToRecord(record, event, traffic);
      if (event.type === 'finished') {
        output.write(`\n${demoSummary(record, output.columns, painter(output.colour))}`);
      }
    },
    close() {},
  };
}

/** Rows of the table of steps; a longer ramp is shown at every second step, every third, ... */
const mostRows = 11;

/** A finished demo as a still picture and a few numbers. */
export function demoSummary(record: DemoRecord, width: number, paint: Paint): string {
  const steps = sharesByStep(record);
  const untilMs = Math.max(1_000, record.elapsedMs);
  const lines = [
    ...stepRows(record, steps, width, paint),
    '',
    ...chartLines(record, { width, untilMs, heights: [5, 4], paint }),
    '',
    ...resultLines(record, width),
  ];
  return `${lines.map((line) => cutToColumns(line, width).trimEnd()).join('\n')}\n`;
}

/** The results of the demo, in numbers. */
export function resultLines(record: DemoRecord, width: number): readonly string[] {
  const steps = sharesByStep(record);
  const connections = steps.reduce((sum, step) => sum + step.connections, 0);
  const { refused, reset, hung } = record.problems;
  const sentences = [
    `${count(connections, 'new connection')}: ${refused} refused, ${reset} reset, ${hung} hung`,
    ...deviationSentence(steps),
    ...drainSentence(record),
  ];
  return sentences.flatMap((text) => wrapWords(text, { columns: width, first: '  ' }));
}

function deviationSentence(steps: readonly StepShares[]): readonly string[] {
  const worst = worstDeviation(steps);
  if (!worst) return [];
  const points = `${(100 * worst.fraction).toFixed(2)} percentage points`;
  const inConnections = `${worst.connections.toFixed(1)} connections`;
  return [`worst share: ${points} off the plan, ${inConnections} (step ${worst.step})`];
}

function drainSentence({ quiescedMs, emptyMs, service, phase }: DemoRecord): readonly string[] {
  if (quiescedMs === undefined) return [];
  const { from } = serverNames(service);
  if (emptyMs === undefined) return [`${from} is at weight 0 and not empty`];
  const removed = phase === 'removed' ? ' and removed' : '';
  return [
    `${from}: weight 0 at ${clock(quiescedMs)}, empty ${roughly(emptyMs - quiescedMs)} later${removed}`,
  ];
}

/** `step  planned  delivered` of the new servers, with a bar for what was delivered. */
function stepRows(
  { service }: DemoRecord,
  steps: readonly StepShares[],
  width: number,
  paint: Paint,
): readonly string[] {
  const every = Math.ceil((steps.length - 1) / (mostRows - 1));
  const shown = steps.filter((_, index) => index % every === 0 || index === steps.length - 1);
  const cells = Math.max(8, width - 30);
  const rows = shown.map((one) => {
    const [planned, delivered] = [
      newShare(service.newServers, one, 'planned'),
      newShare(service.newServers, one, 'delivered'),
    ];
    const drawn = paint('green', bar(delivered, cells, planned).trimEnd());
    return `  ${String(one.step).padStart(4)}  ${percent(planned, 1).padStart(7)}  ${percent(delivered, 1).padStart(9)}  ${drawn}`;
  });
  return [
    `  step  planned  delivered  share of new connections on ${serverNames(service).to}`,
    ...rows,
  ];
}

const newShare = (
  newServers: readonly string[],
  { shares }: StepShares,
  which: 'planned' | 'delivered',
): number =>
  shares
    .filter(({ server }) => newServers.includes(server))
    .reduce((sum, share) => sum + share[which], 0);
