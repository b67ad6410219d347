import { isBy } from '../../domain/actor/acts.ts';
import type { ServiceKey } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { isOver, type RolloutStatus } from '../../domain/rollout/rollout-status.ts';
import { namedUnfinished } from '../../rollout/journal/unfinished.ts';
import type { Store } from '../../rollout/ports.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import { type SeenRollout, watchRollout } from '../../watch/watch-rollout.ts';
import { type PastSummary, pastSummary } from './history.ts';

/** A page of rollouts that is asked for. */
export interface PageAsked {
  readonly limit: number;
  /** Only what began before the rollout of this id. */
  readonly before?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly service?: ServiceKey | undefined;
  readonly status?: RolloutStatus | undefined;
  readonly actor?: string | undefined;
  /** Whether whoever asks may see it. */
  readonly isShown: (state: RolloutState) => Promise<Result<boolean>>;
}

export interface RolloutPage {
  /** The latest first. */
  readonly rollouts: readonly PastSummary[];
  readonly hasMore: boolean;
  readonly unread: readonly Failure[];
}

/** Reads as many journals as a page shows, and no more but those that it leaves out. */
export async function readRolloutPage(
  store: Store,
  asked: PageAsked,
): Promise<Result<RolloutPage>> {
  // What is not over is known without reading what is.
  const isOpen = asked.status !== undefined && !isOver(asked.status);
  const ids = isOpen ? await namedUnfinished(store) : await store.list();
  if (!ids.ok) return ids;
  const { before = '~', sinceMs = 0 } = asked;
  const rollouts: PastSummary[] = [];
  const unread: Failure[] = [];
  for (const id of ids.value.toSorted().toReversed()) {
    if (id >= before) continue;
    const seen = await watchRollout(store, id).look(Date.now(), 'never');
    if (!seen.ok) {
      // A name is there before its journal is.
      if (seen.failure.code !== 'no-such-rollout') unread.push(seen.failure);
      continue;
    }
    const past = pastSummary(seen.value);
    if (Date.parse(past.startedAt) < sinceMs) break;
    if (!isAsked(seen.value, past, asked)) continue;
    const shown = await asked.isShown(seen.value.state);
    if (!shown.ok) return fail(shown.failure);
    if (!shown.value) continue;
    if (rollouts.length === asked.limit) return ok({ rollouts, hasMore: true, unread });
    rollouts.push(past);
  }
  return ok({ rollouts, hasMore: false, unread });
}

const isAsked = (
  { state }: SeenRollout,
  past: PastSummary,
  { status, service, actor }: PageAsked,
): boolean =>
  (status === undefined || status === past.state) &&
  (service === undefined || past.services.includes(service)) &&
  (actor === undefined || isBy(state.acts, actor));
