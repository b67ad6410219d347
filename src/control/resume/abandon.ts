import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { resourcesOf } from '../../domain/rollout/rollout-locks.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import { foldJournal, journalVersion } from '../../rollout/state/journal.ts';
import { scaleInForce } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import type { Audience, Outcome } from '../audience.ts';
import { marksOf } from '../conduct/marks.ts';

/**
 * Ends a rollout that was held or cut off, and leaves the table as it is. Servers that it took out stay
 * out by the operator, with the weight to come back to.
 */
export async function abandon(
  { rollout, store }: { readonly rollout: string; readonly store: Store },
  audience: Audience,
): Promise<Result<Outcome>> {
  const read = await audience.waitingFor({ kind: 'rollouts' }, () => store.read(rollout));
  if (!read.ok) return read;
  const { plan, access } = foldJournal(read.value);
  const locked = await audience.waitingFor({ kind: 'lock' }, () =>
    store.lock(resourcesOf(plan, access), rollout),
  );
  if (!locked.ok) return locked;
  try {
    // Read again under the lock: whoever held it may have ended it.
    const journaled = await store.open(rollout);
    if (!journaled.ok) return journaled;
    const { journal, entries } = journaled.value;
    const state = foldJournal(entries);
    const ended = isFinalEnd(state.end)
      ? fail(isOverAlready(state))
      : await journal.append({
          v: journalVersion,
          atMs: Date.now(),
          type: 'ended',
          outcome: 'failed',
          exitCode: 0,
          message: messageOf(state),
          abandoned: true,
        });
    await journal.close();
    if (!ended.ok) return ended;
    const freed = await freeMarks(store, state);
    if (!freed.ok) return freed;
    const removed = await store.unfinished.remove(rollout);
    if (!removed.ok) return removed;
    audience.note({ kind: 'abandoned', rollout, message: messageOf(state) });
    return ok({ kind: 'abandoned', exitCode: 0 });
  } finally {
    await locked.value.release();
  }
}

const isOverAlready = ({ rollout, end }: RolloutState): Failure => ({
  kind: 'usage',
  what: `rollout ${rollout} is over: ${end?.message}`,
  next: end?.outcome === 'done' ? ['go back with: ', ['rollback', rollout]] : undefined,
});

function messageOf(state: RolloutState): string {
  const scales = scaleInForce(state);
  const scale =
    scales.length === 0 ? '' : `; weights stay on the scale of the ramp: ${scales.join(', ')}`;
  return `abandoned: the table is left as it is${scale}`;
}

/** Marks outlive the rollout that made them: the servers stay out until somebody brings them back. */
async function freeMarks(
  { marks }: Pick<Store, 'marks'>,
  { rollout, access }: RolloutState,
): Promise<Result<void>> {
  const all = await marksOf(marks, access);
  if (!all.ok) return all;
  for (const { rollout: own, ...mark } of all.value) {
    if (own !== rollout) continue;
    const put = await marks.put(mark);
    if (!put.ok) return put;
  }
  return ok(undefined);
}
