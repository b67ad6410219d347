import { withReason } from '../../domain/actor/actor.ts';
import { withAct } from '../../domain/actor/acts.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { isFinalEnd, isForTakeOver } from '../../domain/rollout/rollout-status.ts';
import { nextItem, type SequenceEnd, type SequenceRecord } from '../../domain/rollout/sequence.ts';
import type { Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { type Audience, noteFailures, type Outcome } from '../audience.ts';
import { resumeRollout } from '../conduct/resume-rollout.ts';
import type { PastFreeze } from '../freeze.ts';
import type { ControlPorts } from '../ports.ts';
import { planOrder } from './order.ts';
import { carryOn, type SequenceItem, sequenceResource } from './run.ts';

export interface SequenceResumption {
  readonly sequence: string;
  readonly store: Store;
  readonly direction: 'forward' | 'back';
  readonly pastFreeze?: PastFreeze | undefined;
}

/** Resumes a sequence, or rolls it back; `undefined` where the id is none of a sequence. */
export async function resumeSequence(
  ports: ControlPorts,
  { sequence, store, direction, pastFreeze }: SequenceResumption,
  audience: Audience,
): Promise<Result<Outcome> | undefined> {
  const read = await store.sequences.read(sequence);
  if (!read.ok) return read;
  if (!read.value) return undefined;
  const locked = await store.lock([sequenceResource(sequence)], sequence, {
    actor: audience.actor,
  });
  if (!locked.ok) return locked;
  try {
    // Read again under the lock: whoever held it may have gone on until just now.
    const now = await store.sequences.read(sequence);
    if (!now.ok) return now;
    const record = now.value ?? read.value;
    if (record.end && isFinalEnd(record.end)) return fail(isOver(record, record.end));
    const act = direction === 'forward' ? 'resumed' : 'rolled-back';
    const taken = withAct(record, act, audience.actor, Date.now());
    if (direction === 'back') return await endSequence(ports, { record: taken, store }, audience);
    const items = record.items.map(({ order }): SequenceItem => {
      const place = { state: undefined, onlooker: audience };
      return {
        order,
        // Marks and held rollouts are those of the place that the sequence is kept in.
        plan: (shared) => planOrder({ ...shared, openStore: async () => store }, order, place),
        dryRun: false,
        pastFreeze,
        // The question was asked when it began.
        audience: {
          ...audience,
          actor: withReason(audience.actor, order.reason),
          confirm: async () => true,
        },
      };
    });
    return await carryOn(ports, items, { record: taken, store });
  } finally {
    await locked.value.release();
  }
}

/** Rolls the rollout back that is under way, if one is; those that are done stand. */
async function endSequence(
  ports: ControlPorts,
  { record, store }: { readonly record: SequenceRecord; readonly store: Store },
  audience: Audience,
): Promise<Result<Outcome>> {
  const rollout = record.items[nextItem(record)]?.rollout;
  const read = rollout === undefined ? undefined : await store.read(rollout);
  if (read && !read.ok && read.failure.kind !== 'usage') return read;
  if (rollout !== undefined && read?.ok && !isFinalEnd(foldJournal(read.value).end)) {
    const stop = ports.listenForStop();
    const request = { rollout, store, stop, direction: 'back' } as const;
    const back = await resumeRollout(ports, request, audience);
    if (!back.ok || back.value.exitCode !== 0) return back;
  }
  const done = record.items.filter(({ isDone }) => isDone);
  const stands = done.length === 0 ? '' : '; what is done stands, and each goes back on its own';
  const message = `ended after ${done.length} of ${record.items.length} rollouts${stands}`;
  const end = { outcome: 'rolled-back', exitCode: 0, message } as const;
  const kept = await store.sequences.put({ ...record, end });
  if (!kept.ok) return kept;
  audience.note({
    kind: 'sequence-ended',
    sequence: record.sequence,
    message,
    done: done.flatMap(({ rollout: id }) => id ?? []),
  });
  return ok({ kind: 'several', exitCode: 0 });
}

/** A sequence that a crash or a shutdown cut off, and the rollout that it will go on with. */
export interface CutOffSequence {
  readonly sequence: string;
  readonly rollout: string | undefined;
}

/** Finds the sequences that are for another process to go on with, unasked. */
export async function cutOffSequences(store: Store): Promise<Result<readonly CutOffSequence[]>> {
  const ids = await store.sequences.list();
  if (!ids.ok) return ids;
  const found: CutOffSequence[] = [];
  for (const sequence of ids.value) {
    const read = await store.sequences.read(sequence);
    if (!read.ok) return read;
    const { value: record } = read;
    if (!record || !isForTakeOver(record.end)) continue;
    if (await store.holder(sequenceResource(sequence))) continue;
    const rollout = record.items[nextItem(record)]?.rollout;
    const journal = rollout === undefined ? undefined : await store.read(rollout);
    const end = journal?.ok ? foldJournal(journal.value).end : undefined;
    // A shutdown that rolled it back to its end leaves nothing to be taken over.
    if (record.end && isFinalEnd(end) && end?.outcome !== 'done') continue;
    found.push({ sequence, rollout });
  }
  return ok(found);
}

/** The exit codes of sequences that are resumed at the same time. */
export const resumeSequences = (
  ports: ControlPorts,
  { found, store }: { readonly found: readonly CutOffSequence[]; readonly store: Store },
  audience: Audience,
): Promise<readonly number[]> =>
  Promise.all(
    found.map(async ({ sequence }) => {
      const request = { sequence, store, direction: 'forward', pastFreeze: 'was-running' } as const;
      const resumed = await resumeSequence(ports, request, audience);
      if (!resumed) return 0;
      return resumed.ok ? resumed.value.exitCode : noteFailures(audience, [resumed.failure]);
    }),
  );

/** The sequence that waits for this rollout, held or cut off, if one does. */
export async function sequenceOf(store: Store, rollout: string): Promise<string | undefined> {
  const sequence = (await unfinishedSequenceOf(store, rollout))?.sequence;
  if (sequence === undefined || (await store.holder(sequenceResource(sequence)))) return undefined;
  return sequence;
}

/** The sequence that is at this rollout and not over, whether or not somebody carries it out. */
export async function unfinishedSequenceOf(
  store: Store,
  rollout: string,
): Promise<SequenceRecord | undefined> {
  const ids = await store.sequences.list();
  for (const sequence of ids.ok ? ids.value : []) {
    const read = await store.sequences.read(sequence);
    const record = read.ok ? read.value : undefined;
    if (!record || isFinalEnd(record.end)) continue;
    if (record.items[nextItem(record)]?.rollout === rollout) return record;
  }
  return undefined;
}

const isOver = ({ sequence }: SequenceRecord, { message }: SequenceEnd): Failure => ({
  kind: 'usage',
  what: `${sequence} is over: ${message}`,
  next: 'start a new one with drain apply',
});
