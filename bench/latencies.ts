import type { Exchange } from '../test/support/lab/clients.ts';
import { quantile } from './quantiles.ts';

/** What clients saw of one load. */
export interface Seen {
  readonly connections: number;
  /** Whatever was not answered, and not answered well. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** Answered ones alone have a latency: a failure is counted, and would look quick or slow by chance. */
export function seenBy(exchanges: readonly Exchange[]): Seen {
  const answered = exchanges.filter(({ error }) => error === undefined);
  const latencies = answered.map(({ latencyMs }) => latencyMs);
  return {
    connections: exchanges.length,
    failed: exchanges.length - answered.length,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    p999Ms: quantile(latencies, 0.999),
  };
}
