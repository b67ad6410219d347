import { createWaker } from '../../daemons/waker.ts';
import { createEventWriter, type EventWriter } from '../../kube/cluster-events/write-events.ts';
import type { ApiFailure, ClusterApi, ClusterEvent } from '../../kube/kube-ports.ts';
import type { WantedCondition } from '../../kube/status/node-conditions.ts';
import type { OwnedPatch } from '../../kube/status/patch-book.ts';
import { createConditionWriter } from '../../kube/status/write-conditions.ts';
import { createStatusWriter } from '../../kube/status/write-statuses.ts';
import type { Clock } from '../../rollout/ports.ts';

export interface ClusterWriters {
  /** The patches that are to be made now, all of them. */
  patch(patches: readonly OwnedPatch[]): void;
  /** The conditions of nodes that are to be written now, all of them. */
  conditions(wanted: readonly WantedCondition[]): void;
  readonly note: EventWriter['note'];
  /** Writes what is left, within a few seconds. */
  finish(): Promise<void>;
}

export interface ClusterWriterDeps {
  readonly api: Pick<
    ClusterApi,
    'patchService' | 'patchNodeCondition' | 'createEvent' | 'repeatEvent'
  >;
  readonly clock: Clock;
  readonly reporter: ClusterEvent['reporter'];
  mayWrite(): boolean;
  onFailure(what: NotWritten, failure: ApiFailure): void;
}

export type NotWritten = 'status-not-written' | 'condition-not-written' | 'event-not-written';

const longestRestMs = 60_000;
const shortestRestMs = 50;
const finishMs = 3_000;

/** Writes statuses and Events in the cluster, beside the tables, which never wait for them. */
export function createClusterWriters(deps: ClusterWriterDeps): ClusterWriters {
  const { api, clock, mayWrite, onFailure } = deps;
  const status = createStatusWriter({
    ...{ api, clock, mayWrite },
    onFailure: (_, failure) => {
      // A newer version is on its way, and another patch with it.
      if (failure.code !== 'conflict' && failure.code !== 'not-found') {
        onFailure('status-not-written', failure);
      }
    },
  });
  const events = createEventWriter({
    ...deps,
    onFailure: (failure) => onFailure('event-not-written', failure),
  });
  const condition = createConditionWriter({
    ...{ api, clock, mayWrite },
    onFailure: (failure) => onFailure('condition-not-written', failure),
  });
  let patches: readonly OwnedPatch[] = [];
  let wanted: readonly WantedCondition[] = [];
  const conditions = repeated(clock, () => condition.write(wanted));
  const statuses = repeated(clock, () => status.write(patches));
  const notes = repeated(clock, () => events.write());
  return {
    patch(asked) {
      patches = asked;
      statuses.wake();
    },
    conditions(asked) {
      const isNothing = asked.length + wanted.length === 0;
      wanted = asked;
      if (!isNothing) conditions.wake();
    },
    note(note) {
      events.note(note);
      notes.wake();
    },
    async finish() {
      const written = Promise.all([statuses.finish(), conditions.finish(), notes.finish()]);
      await Promise.race([written, clock.sleepUntil(clock.nowMs() + finishMs)]);
    },
  };
}

/** Writes whenever something is due, one write at a time. */
function repeated(clock: Clock, write: () => Promise<number | undefined>) {
  const waker = createWaker(clock);
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      const dueMs = (await write()) ?? Number.POSITIVE_INFINITY;
      const nowMs = clock.nowMs();
      const restMs = Math.min(longestRestMs, Math.max(shortestRestMs, dueMs - nowMs));
      if (!isOver) await waker.sleepUntil(nowMs + restMs);
    }
    const dueMs = await write();
    if (dueMs === undefined || dueMs > clock.nowMs() + finishMs) return;
    await clock.sleepUntil(dueMs);
    await write();
  };
  const ended = run();
  return {
    wake: waker.wake,
    finish(): Promise<void> {
      isOver = true;
      waker.wake();
      return ended;
    },
  };
}
