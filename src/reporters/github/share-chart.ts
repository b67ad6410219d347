import type { RolloutRecord, ServiceRecord } from '../../record/rollout-record.ts';

/** Points of the chart: enough for a curve, few enough to tell the bars apart. */
const points = 60;

/**
 * Planned (a line) and delivered (bars) share over time as a chart of Mermaid, which GitHub draws in
 * summaries. `undefined` where there is no time to show. Values are spread evenly over an axis, the first
 * and the last at its ends, so both are read at even times. No bar: nobody came, or nobody counted.
 */
export function shareChart(
  service: ServiceRecord,
  { startedAtMs, untilMs }: Pick<RolloutRecord, 'startedAtMs' | 'untilMs'>,
): string | undefined {
  // What came after the last count is not known, and no bars would look like nobody.
  const lengthMs = (service.delivered.at(-1)?.toMs ?? untilMs) - startedAtMs;
  if (lengthMs <= 0) return undefined;
  const times = Array.from(
    { length: points },
    (_, index) => startedAtMs + (index * lengthMs) / (points - 1),
  );
  const planned = times.map((atMs) => plannedAt(service, atMs));
  const delivered = times.map((atMs) => deliveredAt(service, atMs));
  const unit = unitOf(lengthMs);
  const known = delivered.some((share) => share !== undefined);
  return [
    '```mermaid',
    `%%{init: ${JSON.stringify(settings(known))}}%%`,
    'xychart-beta',
    `  x-axis "${unit.name}" 0 --> ${round(lengthMs / unit.ms)}`,
    '  y-axis "share of new connections in %" 0 --> 100',
    ...(known ? [`  bar ${list(delivered.map((share = 0) => share))}`] : []),
    `  line ${list(planned)}`,
    '```',
  ].join('\n');
}

/** Bars in a quiet blue, the plan over them in orange: both are seen on white and on black. */
const settings = (known: boolean) => ({
  xyChart: { width: 900, height: 300 },
  themeVariables: {
    xyChart: { plotColorPalette: known ? '#54aeff, #d4622a' : '#d4622a' },
  },
});

const plannedAt = ({ plannedShare }: ServiceRecord, atMs: number): number =>
  plannedShare.findLast((point) => point.atMs <= atMs)?.share ?? plannedShare[0]?.share ?? 0;

const deliveredAt = ({ delivered }: ServiceRecord, atMs: number): number | undefined => {
  const window = delivered.find(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs);
  return window && window.onThem / window.connections;
};

function unitOf(lengthMs: number): { readonly name: string; readonly ms: number } {
  if (lengthMs < 120_000) return { name: 'seconds', ms: 1_000 };
  return lengthMs < 2 * 3_600_000
    ? { name: 'minutes', ms: 60_000 }
    : { name: 'hours', ms: 3_600_000 };
}

const list = (shares: readonly number[]): string =>
  `[${shares.map((share) => round(100 * share)).join(', ')}]`;

const round = (value: number): number => Number(value.toFixed(1));
