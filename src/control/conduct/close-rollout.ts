import type { Actor } from '../../domain/actor/actor.ts';
import { removeUnfinished } from '../../rollout/journal/unfinished.ts';
import type { Store } from '../../rollout/ports.ts';
import { foldJournal, journalVersion } from '../../rollout/state/journal.ts';

/**
 * Says in the journal of a rollout that was held or cut off that there is nothing to resume:
 * another has taken over, or nothing was left to do. A journal that cannot be written stays as it
 * is, for its `resume` finds the difference and touches nothing.
 */
export async function closeRollout(
  store: Store,
  rollout: string,
  {
    message,
    actor,
    nowMs,
  }: { readonly message: string; readonly actor: Actor; readonly nowMs: number },
): Promise<void> {
  const opened = await store.open(rollout);
  if (!opened.ok) return;
  const { journal, entries } = opened.value;
  await journal.append({
    v: journalVersion,
    atMs: nowMs,
    type: 'ended',
    outcome: 'done',
    exitCode: 0,
    message,
    actor,
  });
  await journal.close();
  await removeUnfinished(store, foldJournal(entries));
}
