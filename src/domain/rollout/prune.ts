/** A rollout of a store, as far as it matters for how long its journal is kept. */
export interface PastRollout {
  readonly rollout: string;
  readonly begunMs: number;
  /** The time of its last entry; absent without a final end. */
  readonly endedMs?: number;
  /** Whether it has edited a table. */
  readonly hasBegun: boolean;
  /** The services of its tables, as locks name them. */
  readonly resources: readonly string[];
}

/** Reasons why a rollout is kept: `open` has no final end, `needed` is part of something that has none. */
export type KeptBecause = 'open' | 'needed' | 'young' | 'last-of-a-service';

export interface PruneTerms {
  readonly nowMs: number;
  /** Rollouts whose end is as old as this may go. */
  readonly keepMs: number;
  /** Rollouts that marks or a sequence which can still go on name. */
  readonly needed: ReadonlySet<string>;
  /** The begin of the oldest `drain around` that can still go on: what began since may be a part of it. */
  readonly neededSinceMs?: number | undefined;
}

export interface Pruned {
  /** The rollouts that go, the latest first. */
  readonly gone: readonly string[];
  readonly kept: ReadonlyMap<string, KeptBecause>;
}

/**
 * Decides which journals go: those of rollouts that ended long enough ago. The last of each service stays,
 * whatever its age, for that is the one that can be rolled back, and that says who set the weights.
 */
export function decidePrune(latestFirst: readonly PastRollout[], terms: PruneTerms): Pruned {
  const touchedSince = new Set<string>();
  const gone: string[] = [];
  const kept = new Map<string, KeptBecause>();
  for (const past of latestFirst) {
    const why = keptBecause(past, touchedSince, terms);
    if (why) kept.set(past.rollout, why);
    else gone.push(past.rollout);
    if (past.hasBegun) for (const resource of past.resources) touchedSince.add(resource);
  }
  return { gone, kept };
}

function keptBecause(
  { rollout, begunMs, endedMs, hasBegun, resources }: PastRollout,
  touchedSince: ReadonlySet<string>,
  { nowMs, keepMs, needed, neededSinceMs = Number.POSITIVE_INFINITY }: PruneTerms,
): KeptBecause | undefined {
  if (endedMs === undefined) return 'open';
  if (needed.has(rollout) || begunMs >= neededSinceMs) return 'needed';
  if (nowMs - endedMs < keepMs) return 'young';
  const isLast = hasBegun && resources.some((resource) => !touchedSince.has(resource));
  return isLast ? 'last-of-a-service' : undefined;
}
