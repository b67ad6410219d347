import { ok, type Result } from '../../domain/failure.ts';
import { resourcesOf } from '../../domain/rollout-locks.ts';
import { isFinalEnd, isForTakeOver } from '../../domain/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import type { Audience } from '../audience.ts';

/** What was found of a rollout and stays true, so that its journal is not read again and again. */
export type KnownRollouts = Map<string, { readonly resource: string; readonly isOver: boolean }>;

export interface CutOff {
  readonly rollout: string;
  /** Somebody had paused it. */
  readonly isPaused: boolean;
}

/** Rollouts without an end, or held by a shutdown. What a person or a conflict held stays held. */
export async function findCutOff(
  store: Store,
  { note, known = new Map() }: { readonly note: Audience['note']; readonly known?: KnownRollouts },
): Promise<Result<readonly CutOff[]>> {
  const ids = await store.list();
  if (!ids.ok) return ids;
  const found: CutOff[] = [];
  for (const rollout of ids.value) {
    const before = known.get(rollout);
    if (before && (before.isOver || (await store.holder(before.resource))?.rollout === rollout)) {
      continue;
    }
    const entries = await store.read(rollout);
    if (!entries.ok) {
      note({ kind: 'failures', failures: [entries.failure] });
      continue;
    }
    const { end, plan, access, pausedAtMs, manualStep } = foldJournal(entries.value);
    const [resource = ''] = resourcesOf(plan, access);
    known.set(rollout, { resource, isOver: isFinalEnd(end) });
    if (!isForTakeOver(end)) continue;
    if ((await store.holder(resource))?.rollout === rollout) continue;
    found.push({ rollout, isPaused: pausedAtMs !== undefined && manualStep === undefined });
  }
  return ok(found);
}
