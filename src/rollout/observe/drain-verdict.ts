import type { ConnectionCounts } from '../../domain/ipvs/ipvs.ts';
import type { OpenConnections } from './open-connections.ts';

/** The watch on one server that should become empty, over all directors. */
export interface DrainWatch {
  /** The time since which every sample said empty; absent while the server is not. */
  readonly emptySinceMs?: number;
  readonly verdict: DrainVerdict;
  /** The time until which it is known what ended on the server; absent while it is not empty. */
  readonly surveyedMs?: number;
  /** The open connections when the connection table was read last. */
  readonly openConnections?: OpenConnections;
}

export type DrainVerdict =
  | { readonly kind: 'draining'; readonly connections: number }
  /** The counters say nothing is active, but only the connection table can tell what the rest is. */
  | { readonly kind: 'needs-connections' }
  /** The server is empty, and has to be looked at again at `untilMs`. */
  | { readonly kind: 'settling'; readonly untilMs: number }
  | { readonly kind: 'drained' };

export interface DrainEvidence {
  /** The time at which the reading of counters or connections began. */
  readonly sampledAtMs: number;
  /** The time at which it ended, where that took a while. */
  readonly readUntilMs?: number;
  /** Counters, summed over the directors. */
  readonly counts: ConnectionCounts;
  /** The open connections of every director's table, if that was read after the counters. */
  readonly openConnections?: OpenConnections;
  readonly settleMs: number;
}

export const unwatched: DrainWatch = { verdict: { kind: 'needs-connections' } };

/**
 * The time for which the table is sure to show that a connection has ended: after a reset it stays for
 * ten seconds, whose count is up to one short.
 */
const memoryMs = 9_000;
/** The time between two surveys of a server that is watched for longer than that. */
const surveyEveryMs = 8_000;

/**
 * Judges whether a quiesced server is empty. ActiveConn alone is not enough: a half-closed
 * connection that still streams is counted as inactive, and so is all of UDP. InActConn is too
 * much: TIME_WAIT stays two minutes. So the counters decide when they can, and where inactive
 * connections are left, the table is read: once when the server seems empty, and once more when it
 * has seemed so for `settleMs`, and between these before it can forget. Those readings also find a
 * client that keeps coming back between two samples: its last connection ended inside the time that
 * should have been quiet.
 */
export function judgeDrain(before: DrainWatch, evidence: DrainEvidence): DrainWatch {
  const { counts, openConnections, sampledAtMs, settleMs } = evidence;
  if (counts.activeConn > 0) return draining(counts.activeConn);
  if (openConnections && openConnections.count > 0) return draining(openConnections.count);
  if (counts.inActConn > 0 && !openConnections) return judgeUnseen(before, evidence);
  const emptySinceMs =
    before.emptySinceMs === undefined
      ? sampledAtMs
      : Math.max(before.emptySinceMs, lastEndMs(evidence), forgottenMs(before, evidence));
  const known = { emptySinceMs, surveyedMs: evidence.readUntilMs ?? sampledAtMs };
  return sampledAtMs >= emptySinceMs + settleMs
    ? { ...known, verdict: { kind: 'drained' } }
    : { ...known, verdict: { kind: 'settling', untilMs: nextSurveyMs(known, settleMs) } };
}

/**
 * Judges inactive connections that no reading explains: they matter at both ends of the settling, and
 * before the table forgets them.
 */
function judgeUnseen(before: DrainWatch, { sampledAtMs, settleMs }: DrainEvidence): DrainWatch {
  const { emptySinceMs, surveyedMs = 0 } = before;
  if (emptySinceMs === undefined) return unwatched;
  const known = { emptySinceMs, surveyedMs };
  const untilMs = nextSurveyMs(known, settleMs);
  return sampledAtMs < untilMs
    ? { ...known, verdict: { kind: 'settling', untilMs } }
    : { ...known, verdict: { kind: 'needs-connections' } };
}

const nextSurveyMs = (
  { emptySinceMs, surveyedMs }: { readonly emptySinceMs: number; readonly surveyedMs: number },
  settleMs: number,
): number => Math.min(emptySinceMs + settleMs, surveyedMs + surveyEveryMs);

const draining = (connections: number): DrainWatch => ({
  verdict: { kind: 'draining', connections },
});

/**
 * The latest time at which the last connection can have ended. The age in the table is rounded up:
 * one that "ended 3 s ago" may have ended 2.1 s ago.
 */
const lastEndMs = ({ openConnections, sampledAtMs }: DrainEvidence): number =>
  openConnections?.lastEndedAgoS === undefined
    ? 0
    : sampledAtMs - Math.max(0, openConnections.lastEndedAgoS - 1) * 1_000;

/** The time before which something can have ended of which the table shows nothing any more. */
const forgottenMs = ({ surveyedMs = 0 }: DrainWatch, { sampledAtMs }: DrainEvidence): number =>
  sampledAtMs - surveyedMs > memoryMs ? sampledAtMs - memoryMs : 0;
