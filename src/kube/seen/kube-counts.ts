import { assertNever } from '../../domain/assert-never.ts';
import type { KubeEventBody } from '../../domain/events/kube-event.ts';

/** What `drain kube` has counted since it began, for `/metrics`. */
export interface KubeCounts {
  /** Departures by cause and outcome. */
  readonly leaves: ReadonlyMap<string, LeaveCount>;
}

export type LeaveOutcome = 'empty' | 'timeout' | 'removed-with-connections';

export interface LeaveCount {
  readonly cause: string;
  readonly outcome: LeaveOutcome;
  readonly count: number;
  /** The time that they took together, in milliseconds. */
  readonly totalMs: number;
}

export const noCounts: KubeCounts = { leaves: new Map() };

/** The counts after one more event; most events count nothing. */
export function counted(counts: KubeCounts, event: KubeEventBody): KubeCounts {
  switch (event.type) {
    case 'server-drained': {
      const outcome = event.connections > 0 ? 'removed-with-connections' : 'empty';
      return withLeave(counts, event.cause, outcome, event.afterMs);
    }
    case 'not-draining':
      return withLeave(counts, event.cause ?? 'unknown', 'timeout', 0);
    case 'server-joined':
    case 'server-leaving':
    case 'server-returns':
    case 'server-held':
    case 'service-held':
    case 'service-released':
    case 'service-added':
    case 'service-removed':
    case 'cluster-held':
    case 'cluster-released':
      return counts;
    default:
      return assertNever(event);
  }
}

function withLeave(
  { leaves }: KubeCounts,
  cause: string,
  outcome: LeaveOutcome,
  tookMs: number,
): KubeCounts {
  const key = `${cause} ${outcome}`;
  const before = leaves.get(key) ?? { cause, outcome, count: 0, totalMs: 0 };
  const after = { ...before, count: before.count + 1, totalMs: before.totalMs + tookMs };
  return { leaves: new Map([...leaves, [key, after]]) };
}
