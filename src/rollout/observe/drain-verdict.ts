import type { ConnectionCounts } from '../../domain/ipvs/ipvs.ts';
import type { OpenConnections } from './open-connections.ts';

/** The watch on one server that should become empty, over all directors. */
export interface DrainWatch {
  /** The time since which every sample said empty; absent while the server is not. */
  readonly emptySinceMs?: number;
  readonly verdict: DrainVerdict;
  /** The open connections when the connection table was read last. */
  readonly openConnections?: OpenConnections;
}

export type DrainVerdict =
  | { readonly kind: 'draining'; readonly connections: number }
  /** The counters say nothing is active, but only the connection table can tell what the rest is. */
  | { readonly kind: 'needs-connections' }
  /** The server is empty, and watched until `untilMs`. */
  | { readonly kind: 'settling'; readonly untilMs: number }
  | { readonly kind: 'drained' };

export interface DrainEvidence {
  readonly sampledAtMs: number;
  /** Counters, summed over the directors. */
  readonly counts: ConnectionCounts;
  /** The open connections of every director's table, if that was read after the counters. */
  readonly openConnections?: OpenConnections;
  readonly settleMs: number;
}

export const unwatched: DrainWatch = { verdict: { kind: 'needs-connections' } };

/** The connection table shows ages in whole seconds. */
const ageResolutionMs = 1_000;

/**
 * Judges whether a quiesced server is empty. ActiveConn alone is not enough: a half-closed
 * connection that still streams is counted as inactive, and so is all of UDP. InActConn is too
 * much: TIME_WAIT stays two minutes. So the counters decide when they can, and where inactive
 * connections are left, the table is read: once when the server seems empty, and once more when it
 * has seemed so for `settleMs`. The second reading also finds a client that keeps coming back
 * between two samples: its last connection ended inside the time that should have been quiet.
 */
export function judgeDrain(before: DrainWatch, evidence: DrainEvidence): DrainWatch {
  const { counts, openConnections, sampledAtMs, settleMs } = evidence;
  if (counts.activeConn > 0) return draining(counts.activeConn);
  if (openConnections && openConnections.count > 0) return draining(openConnections.count);
  if (counts.inActConn > 0 && !openConnections) return judgeUnseen(before, evidence);
  const quietSinceMs = lastEndMs(evidence) - ageResolutionMs;
  const emptySinceMs = Math.max(
    before.emptySinceMs ?? sampledAtMs,
    before.emptySinceMs === undefined ? 0 : quietSinceMs,
  );
  return sampledAtMs >= emptySinceMs + settleMs
    ? { emptySinceMs, verdict: { kind: 'drained' } }
    : settling(emptySinceMs, settleMs);
}

/**
 * Judges inactive connections that no reading explains: they matter at both ends of the settling.
 */
function judgeUnseen(before: DrainWatch, { sampledAtMs, settleMs }: DrainEvidence): DrainWatch {
  const { emptySinceMs } = before;
  if (emptySinceMs === undefined) return unwatched;
  if (sampledAtMs < emptySinceMs + settleMs) return settling(emptySinceMs, settleMs);
  return { emptySinceMs, verdict: { kind: 'needs-connections' } };
}

const settling = (emptySinceMs: number, settleMs: number): DrainWatch => ({
  emptySinceMs,
  verdict: { kind: 'settling', untilMs: emptySinceMs + settleMs },
});

const draining = (connections: number): DrainWatch => ({
  verdict: { kind: 'draining', connections },
});

const lastEndMs = ({ openConnections, sampledAtMs }: DrainEvidence): number =>
  openConnections?.lastEndedAgoS === undefined
    ? 0
    : sampledAtMs - openConnections.lastEndedAgoS * 1_000;
