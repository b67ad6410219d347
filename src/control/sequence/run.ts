import { withAct } from '../../domain/actor/acts.ts';
import { exitCodeOf, ok, type Result } from '../../domain/failure.ts';
import { isSimulated } from '../../domain/places/director-access.ts';
import { rolloutId } from '../../domain/rollout/rollout-id.ts';
import { isFinalEnd, isUntilEnd } from '../../domain/rollout/rollout-status.ts';
import {
  nextItem,
  type SequencedOrder,
  type SequenceEnd,
  type SequenceRecord,
  withItem,
} from '../../domain/rollout/sequence.ts';
import type { Lock, Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import type { PlanFailure, PlannedRollout } from '../apply/planned-rollout.ts';
import { type Audience, noteFailures, type Outcome } from '../audience.ts';
import { resumeRollout } from '../conduct/resume-rollout.ts';
import { runPlan } from '../conduct/run-plan.ts';
import type { PastFreeze } from '../freeze.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';

/** A rollout of a plan file, planned when its turn comes. */
export interface SequenceItem {
  readonly order: SequencedOrder;
  readonly plan: (ports: ControlPorts) => Promise<Result<PlannedRollout, PlanFailure>>;
  readonly dryRun: boolean;
  readonly pastFreeze?: PastFreeze | undefined;
  readonly audience: Audience;
}

/** The record of a sequence as one process has it. */
interface Kept {
  record: SequenceRecord;
  /** The place of the record, as soon as the first rollout begins; nothing is kept before that. */
  store?: Store;
  lock?: Lock;
  /** Whether another process can find the record. */
  isLasting: boolean;
  /** Whether a rollout that was begun before and was rolled back is to be made again. */
  readonly retries: boolean;
}

export interface PlaceInFile {
  readonly file: string;
  /** The place of the first item in the file, counted from 1. */
  readonly first: number;
  /** The number of rollouts in the file. */
  readonly count: number;
}

/**
 * The rollouts of a plan file one after the other, each with its own plan, made from the table as it is by
 * then, its own journal and id. The first that does not end with exit code 0 is the last. From the first
 * on there is a record by which another process goes on where this one was cut off.
 */
export async function runSequence(
  ports: ControlPorts,
  items: readonly SequenceItem[],
  place: PlaceInFile,
): Promise<Outcome> {
  const startedMs = Date.now();
  const record: SequenceRecord = {
    sequence: `${rolloutId(startedMs)}-sequence`,
    startedMs,
    ...place,
    items: items.map(({ order }) => ({ order, isDone: false })),
  };
  const kept: Kept = {
    record: withAct(record, 'started', items[0]?.audience.actor, startedMs),
    isLasting: false,
    retries: false,
  };
  try {
    return await goThrough(ports, items, kept);
  } finally {
    await kept.lock?.release();
  }
}

/** Goes on with a sequence that was held or cut off, under its lock. */
export async function carryOn(
  ports: ControlPorts,
  items: readonly SequenceItem[],
  { record: { end, ...record }, store }: { readonly record: SequenceRecord; readonly store: Store },
): Promise<Result<Outcome>> {
  // From here on it is under way again: killed, it is for another process to take over.
  const put = await store.sequences.put(record);
  if (!put.ok) return put;
  const kept: Kept = { record, store, isLasting: true, retries: end !== undefined };
  return ok(await goThrough(ports, items, kept));
}

async function goThrough(
  ports: ControlPorts,
  items: readonly SequenceItem[],
  kept: Kept,
): Promise<Outcome> {
  const shared = { ...ports, openDirectors: sharing(ports.openDirectors) };
  const { first, count } = kept.record;
  const before = kept.record.items.map(({ rollout }) => rollout);
  for (;;) {
    const index = nextItem(kept.record);
    const item = items[index];
    if (!item) return finish(kept, items.at(-1)?.audience);
    const outcome =
      (await ofEarlierProcess(shared, kept, { item, rollout: before[index] })) ??
      (await begin(shared, kept, { item, index }));
    const { exitCode } = outcome;
    const number = first + index;
    const reached =
      exitCode === 0
        ? await keep(kept, (record) => withItem(record, index, { isDone: true }))
        : await keep(kept, (record) => ({ ...record, end: heldAt(number, count, exitCode) }));
    if (!reached.ok) noteFailures(item.audience, [reached.failure]);
    if (exitCode === 0 && reached.ok) continue;
    const { sequence } = kept.record;
    const known = kept.store && kept.isLasting ? { sequence } : {};
    item.audience.note({ kind: 'sequence-stopped', number, count, exitCode, ...known });
    return reached.ok ? outcome : { kind: 'refused', exitCode: exitCodeOf(reached.failure.kind) };
  }
}

const heldAt = (number: number, count: number, exitCode: number): SequenceEnd => ({
  outcome: 'held',
  exitCode,
  message: `rollout ${number} of ${count} ended with exit code ${exitCode}`,
});

/** Goes on with a rollout that an earlier process began; `undefined` where the item begins anew. */
async function ofEarlierProcess(
  ports: ControlPorts,
  { retries, store }: Kept,
  { item, rollout }: { readonly item: SequenceItem; readonly rollout: string | undefined },
): Promise<Outcome | undefined> {
  if (rollout === undefined || !store) return undefined;
  const read = await store.read(rollout);
  // The record is written before the journal is: then nothing has been done yet.
  if (!read.ok && read.failure.kind === 'usage') return undefined;
  const { audience, pastFreeze } = item;
  if (!read.ok) return { kind: 'refused', exitCode: noteFailures(audience, [read.failure]) };
  const { end } = foldJournal(read.value);
  if (end?.outcome === 'done' || isUntilEnd(end))
    return end && { kind: 'ended', rollout, end, exitCode: 0 };
  if (end && isFinalEnd(end)) {
    // One that was rolled back is made again by a person who resumes the sequence, and by nobody else.
    return retries
      ? undefined
      : { kind: 'ended', rollout, end, exitCode: end.exitCode || exitCodeOf('gate') };
  }
  const stop = ports.listenForStop();
  const request = { rollout, store, stop, direction: 'forward', pastFreeze } as const;
  const resumed = await resumeRollout(ports, request, audience);
  return resumed.ok
    ? resumed.value
    : { kind: 'refused', exitCode: noteFailures(audience, [resumed.failure]) };
}

/** Plans the rollout of an item and carries it out; its id is in the record before its journal is there. */
async function begin(
  ports: ControlPorts,
  kept: Kept,
  {
    item: { plan, dryRun, pastFreeze, audience },
    index,
  }: { readonly item: SequenceItem; readonly index: number },
): Promise<Outcome> {
  const planned = await plan(ports);
  if (!planned.ok) return refused(audience, planned.failure);
  const { opened, state } = planned.value;
  const isPassing = state === undefined && isSimulated(opened.access);
  const store =
    kept.store && (kept.isLasting || isPassing)
      ? kept.store
      : await ports.openStore(state, opened.access);
  const ready = async ({ rollout }: { readonly rollout: string }): Promise<Result<void>> => {
    if (!kept.store) {
      const { sequence } = kept.record;
      const locked = await store.lock([sequenceResource(sequence)], sequence, {
        actor: audience.actor,
      });
      if (!locked.ok) return locked;
      Object.assign(kept, { store, lock: locked.value, isLasting: !isPassing });
    }
    return keep(kept, (record) => withItem(record, index, { rollout }));
  };
  const override = pastFreeze === 'override';
  return runPlan(ports, { ...planned.value, store, dryRun, override, ready }, audience);
}

async function keep(
  kept: Kept,
  change: (record: SequenceRecord) => SequenceRecord,
): Promise<Result<void>> {
  kept.record = change(kept.record);
  return kept.store ? kept.store.sequences.put(kept.record) : ok(undefined);
}

async function finish(kept: Kept, audience: Audience | undefined): Promise<Outcome> {
  const message = `all ${kept.record.items.length} rollouts of it are done`;
  const end = { outcome: 'done', exitCode: 0, message } as const;
  const ended = await keep(kept, (record) => ({ ...record, end }));
  if (ended.ok || !audience) return { kind: 'several', exitCode: 0 };
  return { kind: 'several', exitCode: noteFailures(audience, [ended.failure]) };
}

export const sequenceResource = (sequence: string): string => `sequence ${sequence}`;

function refused(audience: Audience, failures: PlanFailure): Outcome {
  audience.note({ kind: 'not-planned', failures });
  return { kind: 'refused', exitCode: exitCodeOf(failures[0]?.kind ?? 'usage') };
}

/** Opens the same directors for all rollouts: a simulated one has a table that only it knows. */
function sharing(open: ControlPorts['openDirectors']): ControlPorts['openDirectors'] {
  const opened = new Map<string, Promise<Result<OpenFleet>>>();
  return (specs, pace) => {
    const key = JSON.stringify([specs, pace]);
    const fleet = opened.get(key) ?? open(specs, pace);
    opened.set(key, fleet);
    return fleet;
  };
}
