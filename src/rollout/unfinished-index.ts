import type { Result } from '../domain/failure.ts';

/**
 * Names the rollouts that have no final end, so that nobody reads every journal that ever was to find
 * them. A name is there before the journal and longer than its end, so it proves nothing by itself.
 */
export interface UnfinishedIndex {
  /** `isWhole` is false in a store of a version without the index: then journals tell. */
  list(): Promise<Result<{ readonly rollouts: readonly string[]; readonly isWhole: boolean }>>;
  add(rollout: string): Promise<Result<void>>;
  remove(rollout: string): Promise<Result<void>>;
  declareWhole(): Promise<Result<void>>;
}
