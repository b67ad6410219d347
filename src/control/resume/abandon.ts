import { withAct } from '../../domain/actor/acts.ts';
import { openBatch } from '../../domain/around/around.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { resourcesOf, startResource } from '../../domain/rollout/rollout-locks.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import { nextItem } from '../../domain/rollout/sequence.ts';
import { isNamed } from '../../planner/maintenance/remembered.ts';
import { removeUnfinished } from '../../rollout/journal/unfinished.ts';
import type { Store } from '../../rollout/ports.ts';
import { foldJournal, journalVersion } from '../../rollout/state/journal.ts';
import { hasBegun, scaleInForce } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import { processOf } from '../../watch/watch-rollout.ts';
import { lockAround } from '../around/context.ts';
import type { Audience, Outcome } from '../audience.ts';
import { marksOf } from '../conduct/marks.ts';
import type { ControllerNote } from '../kube/hold-cluster.ts';
import { unfinishedOf } from '../maintenance/open-maintenance.ts';
import type { ControlPorts } from '../ports.ts';
import { sequenceResource } from '../sequence/run.ts';
import type { RequestNote } from './await-request.ts';
import { requestOf } from './request.ts';

interface Abandoned {
  readonly rollout: string;
  readonly store: Store;
}

/** Notes of `drain abandon`, one for each thing that is given up. */
export interface AbandonNote {
  readonly kind: 'abandoned';
  readonly rollout: string;
  readonly message: string;
}

/**
 * Ends a rollout, a `drain around` or a sequence that was held or cut off, and leaves the table as it is.
 * Servers that are out stay out by the operator, with the weight to come back to.
 */
export async function abandon(
  ports: ControlPorts,
  { rollout, store }: Abandoned,
  audience: Audience<AbandonNote | RequestNote | ControllerNote>,
): Promise<Result<Outcome>> {
  return (
    (await abandonAround({ rollout, store }, audience)) ??
    (await abandonSequence({ rollout, store }, audience)) ??
    (await abandonWaiting(ports, { rollout, store }, audience)) ??
    abandonRollout({ rollout, store }, audience)
  );
}

/** Gives up a `drain around`, and what it has under way; `undefined` where the id is none of an around. */
async function abandonAround(
  { rollout: around, store }: Abandoned,
  audience: Audience<AbandonNote>,
): Promise<Result<Outcome> | undefined> {
  const read = await store.arounds.read(around);
  if (!read.ok) return read;
  if (!read.value) return undefined;
  const locked = await lockAround(store, read.value, audience.actor);
  if (!locked.ok) return locked;
  try {
    const now = await store.arounds.read(around);
    if (!now.ok) return now;
    const record = now.value ?? read.value;
    if (record.end && isFinalEnd(record.end)) return fail(isOver(around, record.end));
    const marks = await marksOf(store, record.access);
    if (!marks.ok) return marks;
    const servers = openBatch(record)?.servers ?? [];
    const own = marks.value.filter(
      ({ reason, server }) =>
        reason === 'operator' && servers.some(({ name }) => isNamed(name, server)),
    );
    const open = await unfinishedOf(store, own);
    if (!open.ok) return open;
    for (const { rollout } of open.value) {
      const ended = await abandonRollout({ rollout, store }, audience);
      if (!ended.ok) return ended;
    }
    const message = 'abandoned: the table is left as it is, and what is out stays out';
    const end = { outcome: 'failed', exitCode: 0, message } as const;
    const kept = await store.arounds.put({
      ...withAct(record, 'abandoned', audience.actor, Date.now()),
      end,
    });
    if (!kept.ok) return kept;
    audience.note({ kind: 'abandoned', rollout: around, message });
    return ok({ kind: 'abandoned', exitCode: 0 });
  } finally {
    await locked.value.release();
  }
}

/** Gives up a sequence and the rollout that it is at; `undefined` where the id is none of a sequence. */
async function abandonSequence(
  { rollout: sequence, store }: Abandoned,
  audience: Audience<AbandonNote>,
): Promise<Result<Outcome> | undefined> {
  const read = await store.sequences.read(sequence);
  if (!read.ok) return read;
  if (!read.value) return undefined;
  const locked = await store.lock([sequenceResource(sequence)], sequence, {
    actor: audience.actor,
  });
  if (!locked.ok) return locked;
  try {
    const now = await store.sequences.read(sequence);
    if (!now.ok) return now;
    const record = now.value ?? read.value;
    if (record.end && isFinalEnd(record.end)) return fail(isOver(sequence, record.end));
    const rollout = record.items[nextItem(record)]?.rollout;
    const journaled = rollout === undefined ? undefined : await store.read(rollout);
    // The record is written before the journal is: then nothing has been done yet.
    if (journaled && !journaled.ok && journaled.failure.kind !== 'usage') return journaled;
    if (rollout !== undefined && journaled?.ok && !isFinalEnd(foldJournal(journaled.value).end)) {
      const ended = await abandonRollout({ rollout, store }, audience);
      if (!ended.ok) return ended;
    }
    const message = 'abandoned: what is done stands, and the rest does not begin';
    const end = { outcome: 'failed', exitCode: 0, message } as const;
    const kept = await store.sequences.put({
      ...withAct(record, 'abandoned', audience.actor, Date.now()),
      end,
    });
    if (!kept.ok) return kept;
    audience.note({ kind: 'abandoned', rollout: sequence, message });
    return ok({ kind: 'abandoned', exitCode: 0 });
  } finally {
    await locked.value.release();
  }
}

/**
 * Has a process that waits for the start of a rollout give it up: that is to go back from where nothing was
 * changed. `undefined` where no process waits so.
 */
async function abandonWaiting(
  ports: ControlPorts,
  { rollout, store }: Abandoned,
  audience: Audience<RequestNote | ControllerNote>,
): Promise<Result<Outcome> | undefined> {
  const read = await store.read(rollout);
  if (!read.ok) return undefined;
  const state = foldJournal(read.value);
  const mayWait = state.plan.startsAtMs !== undefined || state.plan.windows !== undefined;
  if (!mayWait || state.end || hasBegun(state) || !(await processOf(store, state)))
    return undefined;
  const request = { kind: 'rollback' } as const;
  return requestOf(ports, { rollout, store, request, waits: true }, audience);
}

async function abandonRollout(
  { rollout, store }: Abandoned,
  audience: Audience<AbandonNote>,
): Promise<Result<Outcome>> {
  const read = await audience.waitingFor({ kind: 'rollouts' }, () => store.read(rollout));
  if (!read.ok) return read;
  const { plan, access, ...before } = foldJournal(read.value);
  const start = hasBegun(before) ? [] : [startResource(rollout)];
  const locked = await audience.waitingFor({ kind: 'lock' }, () =>
    store.lock([...start, ...resourcesOf(plan, access)], rollout, { actor: audience.actor }),
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
          actor: audience.actor,
        });
    await journal.close();
    if (!ended.ok) return ended;
    const freed = await freeMarks(store, state);
    if (!freed.ok) return freed;
    const removed = await removeUnfinished(store, state);
    if (!removed.ok) return removed;
    audience.note({ kind: 'abandoned', rollout, message: messageOf(state) });
    return ok({ kind: 'abandoned', exitCode: 0 });
  } finally {
    await locked.value.release();
  }
}

const isOver = (id: string, { message }: { readonly message: string }): Failure => ({
  kind: 'usage',
  what: `${id} is over: ${message}`,
});

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
  store: Pick<Store, 'marks' | 'claims'>,
  { rollout, access }: RolloutState,
): Promise<Result<void>> {
  const all = await marksOf(store, access);
  if (!all.ok) return all;
  for (const { rollout: own, ...mark } of all.value) {
    if (own !== rollout) continue;
    const put = await store.marks.put(mark);
    if (!put.ok) return put;
  }
  return ok(undefined);
}
