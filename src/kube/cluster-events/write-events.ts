import type { Clock } from '../../rollout/ports.ts';
import type { ApiFailure, ClusterApi, ClusterEvent } from '../kube-ports.ts';
import {
  dueEvents,
  type EventNote,
  type EventWrite,
  emptyEventBook,
  eventsDueMs,
  forgotten,
  noted,
} from './event-book.ts';

export interface EventWriter {
  note(note: EventNote): void;
  /** Writes what is due; resolves with the time of the next write, if one is known. */
  write(): Promise<number | undefined>;
  /** Notes that were never written, for there were too many or the server took none. */
  lost(): number;
}

export interface EventWriterDeps {
  readonly api: Pick<ClusterApi, 'createEvent' | 'repeatEvent'>;
  readonly clock: Clock;
  readonly reporter: ClusterEvent['reporter'];
  /** Asked before each write. */
  mayWrite(): boolean;
  onFailure(failure: ApiFailure): void;
}

/** Says in the cluster what happens to its objects. Nothing waits for an Event, and none is tried twice. */
export function createEventWriter(deps: EventWriterDeps): EventWriter {
  const { api, clock, reporter, mayWrite, onFailure } = deps;
  let book = emptyEventBook;
  let failed = 0;

  async function perform(write: EventWrite): Promise<void> {
    const answer =
      write.kind === 'repeat'
        ? await api.repeatEvent(write.name, write.series)
        : await api.createEvent({ ...write.of, name: write.name, atMs: write.atMs, reporter });
    if (answer.ok) return;
    book = forgotten(book, write.key);
    failed += 1;
    onFailure(answer.failure);
  }

  return {
    note(note) {
      book = noted(book, note, clock.nowMs());
    },
    async write() {
      if (!mayWrite()) {
        // Somebody else says it, who has seen the same.
        book = { ...book, gathered: new Map() };
        return undefined;
      }
      const due = dueEvents(book, clock.nowMs());
      book = due.book;
      for (const write of due.writes) await perform(write);
      return eventsDueMs(book, clock.nowMs());
    },
    lost: () => failed + book.dropped,
  };
}
