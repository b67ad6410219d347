import { type DemoRecord, type DemoSample, deliveredBetween, totalOf } from './demo-record.ts';

/** The record cut into `columns` equal spans of time from 0 to `untilMs`. */
export interface TimeSeries {
  /** Share of the new connections that reached a new server; `undefined` where there was none yet. */
  readonly delivered: readonly (number | undefined)[];
  /** The share of the new servers by the plan's weights. */
  readonly planned: readonly number[];
  /** Active connections of the old servers. */
  readonly onOld: readonly (number | undefined)[];
}

export function timeSeries(record: DemoRecord, untilMs: number, columns: number): TimeSeries {
  const { service, samples, elapsedMs } = record;
  const edges = Array.from({ length: columns + 1 }, (_, edge) => (edge * untilMs) / columns);
  const at = edges.map((edgeMs) => lastSample(samples, edgeMs));
  const spans = Array.from({ length: columns }, (_, column) => {
    const begin = at[column];
    const end = at[column + 1];
    const begun = (edges[column] ?? 0) <= elapsedMs;
    return begun && begin && end ? { begin, end } : undefined;
  });
  const newServers = new Set<string>(service.newServers);
  return {
    planned: edges.slice(0, columns).map((edgeMs) => plannedShare(record, edgeMs)),
    onOld: spans.map((span) => span?.end.onOld),
    delivered: spans.map((span) => {
      if (!span) return undefined;
      const counts = deliveredBetween(span.begin.delivered, span.end.delivered);
      const total = totalOf(counts);
      const toNew = totalOf(new Map([...counts].filter(([server]) => newServers.has(server))));
      return total === 0 ? undefined : toNew / total;
    }),
  };
}

/** The last sample that is not later; samples are in the order of time. */
function lastSample(samples: readonly DemoSample[], atMs: number): DemoSample | undefined {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return samples[low - 1];
}

/** The share of the new servers at a time, by the plan; after the removal it stays what it was. */
function plannedShare({ schedule, service }: DemoRecord, atMs: number): number {
  const step = schedule.findLastIndex((scheduled) => scheduled.atMs <= atMs);
  const weights = service.steps[step] ?? [];
  const sum = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0);
  const { oldServers, newServers } = service;
  const filled = weights.slice(oldServers.length, oldServers.length + newServers.length);
  const total = sum(weights);
  return total === 0 ? 0 : sum(filled) / total;
}
