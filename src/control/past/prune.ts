import { type Failure, ok, type Result } from '../../domain/failure.ts';
import {
  decidePrune,
  type KeptBecause,
  type PastRollout,
  type Pruned,
} from '../../domain/rollout/prune.ts';
import { resourcesOf } from '../../domain/rollout/rollout-locks.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import type { JournalEntries, Store } from '../../rollout/ports.ts';
import type { Records } from '../../rollout/records.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { hasBegun } from '../../rollout/state/ramp-progress.ts';
import { aroundResource } from '../around/context.ts';
import { sequenceResource } from '../sequence/run.ts';

export interface PruneOrder {
  readonly nowMs: number;
  /** Rollouts that ended this long ago may go. */
  readonly keepMs: number;
  readonly dryRun: boolean;
}

export interface PruneResult {
  /** Rollouts, arounds and sequences that went, or with `dryRun` would go. */
  readonly gone: readonly string[];
  /** Those that stay, by reason; `busy`: somebody has the locks of their services just now. */
  readonly kept: ReadonlyMap<string, KeptBecause | 'busy'>;
  /** Journals and records that cannot be read; they stay. */
  readonly unread: readonly Failure[];
}

/** Removes what ended long ago and can neither go on nor back, each under its locks. */
export async function prune(store: Store, order: PruneOrder): Promise<Result<PruneResult>> {
  const read = await readPast(store);
  if (!read.ok) return read;
  const { past, unread } = read.value;
  const records = await readRecords(store);
  if (!records.ok) return records;
  const marks = await store.marks.list();
  if (!marks.ok) return marks;
  const { open } = records.value;
  const needed = new Set([
    ...marks.value.flatMap(({ rollout }) => rollout ?? []),
    ...open.flatMap(({ rollouts }) => rollouts),
  ]);
  const begins = open.flatMap(({ kind, begunMs }) => (kind === 'around' ? [begunMs] : []));
  const neededSinceMs = begins.length > 0 ? Math.min(...begins) : undefined;
  const terms = { nowMs: order.nowMs, keepMs: order.keepMs, needed, neededSinceMs };
  const decided = decidePrune(past, terms);
  const doomed = records.value.over.filter(({ begunMs }) => order.nowMs - begunMs >= order.keepMs);
  if (order.dryRun) {
    const gone = [...decided.gone, ...doomed.map(({ id }) => id)];
    return ok({ gone, kept: decided.kept, unread: [...unread, ...records.value.unread] });
  }
  return removeAll(store, decided, doomed, [...unread, ...records.value.unread]);
}

async function removeAll(
  store: Store,
  decided: Pruned,
  doomed: readonly KeptRecord[],
  unread: readonly Failure[],
): Promise<Result<PruneResult>> {
  const gone: string[] = [];
  const kept = new Map<string, KeptBecause | 'busy'>(decided.kept);
  for (const rollout of decided.gone) {
    const removed = await removeRollout(store, rollout);
    if (!removed.ok) return removed;
    if (removed.value === 'removed') gone.push(rollout);
    else kept.set(rollout, removed.value);
  }
  for (const { id, resource, remove } of doomed) {
    const locked = await store.lock([resource], id, { momentary: true });
    if (!locked.ok) {
      kept.set(id, 'busy');
      continue;
    }
    const removed = await remove();
    await locked.value.release();
    if (!removed.ok) return removed;
    gone.push(id);
  }
  return ok({ gone, kept, unread });
}

/** Removes a journal, unless somebody who has its locks has begun to go on with it since it was read. */
async function removeRollout(
  store: Store,
  rollout: string,
): Promise<Result<'removed' | 'busy' | 'open'>> {
  const before = await store.read(rollout);
  if (!before.ok) return ok('busy');
  const { plan, access } = foldJournal(before.value);
  const locked = await store.lock(resourcesOf(plan, access), rollout, { momentary: true });
  if (!locked.ok) return locked.failure.kind === 'conflict' ? ok('busy') : locked;
  try {
    const now = await store.read(rollout);
    if (!now.ok || !isFinalEnd(foldJournal(now.value).end)) return ok('open');
    const removed = await store.remove(rollout);
    if (!removed.ok) return removed;
    await store.unfinished.remove(rollout);
    return ok('removed');
  } finally {
    await locked.value.release();
  }
}

async function readPast(
  store: Store,
): Promise<Result<{ readonly past: readonly PastRollout[]; readonly unread: readonly Failure[] }>> {
  const ids = await store.list();
  if (!ids.ok) return ids;
  const past: PastRollout[] = [];
  const unread: Failure[] = [];
  for (const rollout of ids.value) {
    const read = await store.read(rollout);
    if (read.ok) past.push(pastOf(rollout, read.value));
    else unread.push(read.failure);
  }
  return ok({ past, unread });
}

function pastOf(rollout: string, entries: JournalEntries): PastRollout {
  const state = foldJournal(entries);
  const lastMs = entries.at(-1)?.atMs ?? entries[0].atMs;
  return {
    rollout,
    begunMs: entries[0].atMs,
    ...(isFinalEnd(state.end) ? { endedMs: lastMs } : {}),
    hasBegun: hasBegun(state),
    resources: resourcesOf(state.plan, state.access),
  };
}

interface KeptRecord {
  readonly kind: 'around' | 'sequence';
  readonly id: string;
  readonly begunMs: number;
  /** The rollouts that the record names. */
  readonly rollouts: readonly string[];
  readonly resource: string;
  remove(): Promise<Result<void>>;
}

interface ReadRecords {
  readonly open: readonly KeptRecord[];
  readonly over: readonly KeptRecord[];
  readonly unread: readonly Failure[];
}

async function readRecords(store: Store): Promise<Result<ReadRecords>> {
  const arounds = await recordsIn(store.arounds, ({ around, startedMs, end }) => ({
    record: {
      ...{ kind: 'around' as const, id: around, begunMs: startedMs, rollouts: [] },
      resource: aroundResource(around),
      remove: () => store.arounds.remove(around),
    },
    isOver: isFinalEnd(end),
  }));
  if (!arounds.ok) return arounds;
  const sequences = await recordsIn(store.sequences, ({ sequence, startedMs, items, end }) => ({
    record: {
      ...{ kind: 'sequence' as const, id: sequence, begunMs: startedMs },
      rollouts: items.flatMap(({ rollout }) => rollout ?? []),
      resource: sequenceResource(sequence),
      remove: () => store.sequences.remove(sequence),
    },
    isOver: isFinalEnd(end),
  }));
  if (!sequences.ok) return sequences;
  return ok({
    open: [...arounds.value.open, ...sequences.value.open],
    over: [...arounds.value.over, ...sequences.value.over],
    unread: [...arounds.value.unread, ...sequences.value.unread],
  });
}

async function recordsIn<T>(
  records: Records<T>,
  describe: (record: T) => { readonly record: KeptRecord; readonly isOver: boolean },
): Promise<Result<ReadRecords>> {
  const ids = await records.list();
  if (!ids.ok) return ids;
  const open: KeptRecord[] = [];
  const over: KeptRecord[] = [];
  const unread: Failure[] = [];
  for (const id of ids.value) {
    const read = await records.read(id);
    if (!read.ok) unread.push(read.failure);
    else if (read.value) {
      const { record, isOver } = describe(read.value);
      (isOver ? over : open).push(record);
    }
  }
  return ok({ open, over, unread });
}
