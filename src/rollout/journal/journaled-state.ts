import type { EventBody } from '../../domain/events/event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Goal } from '../action.ts';
import type { EngineDeps } from '../engine-deps.ts';
import { unwrittenEnd } from '../events/end-messages.ts';
import { endEvents } from '../events/engine-events.ts';
import { isIntended } from '../state/director-state.ts';
import {
  applyEntry,
  type JournalBody,
  type JournalEntry,
  journalVersion,
} from '../state/journal.ts';
import type { RolloutState } from '../state/rollout-state.ts';

type Deps = Pick<EngineDeps, 'journal' | 'clock'> & {
  readonly emit: (body: EventBody) => void;
};

/**
 * The state of a rollout by its journal: an entry that cannot be written ends the rollout, and
 * changes nothing else.
 */
export class JournaledState {
  private readonly deps: Deps;
  private latest: RolloutState;

  constructor(deps: Deps, state: RolloutState) {
    this.deps = deps;
    this.latest = state;
  }

  current(): RolloutState {
    return this.latest;
  }

  /**
   * Writes entries and applies them; false when the journal could not be written: the rollout has
   * ended then, before the change.
   */
  async record(...bodies: readonly JournalBody[]): Promise<boolean> {
    const head = { v: journalVersion, atMs: this.deps.clock.nowMs() } as const;
    const entries = bodies.map((body): JournalEntry => ({ ...body, ...head }));
    const written = await this.deps.journal.append(...entries);
    const kept = written.ok
      ? entries
      : bodies.slice(0, 1).map((one) => this.unwritten(one, written.failure));
    this.latest = kept.reduce(applyEntry, this.latest);
    return written.ok;
  }

  /** Writes the intent of each milestone once, before its first edit; false as for `record`. */
  async intend(goals: readonly Goal[]): Promise<boolean> {
    const bodies = goals.flatMap(({ milestone, directors }) =>
      directors.flatMap((director): JournalBody[] => {
        const before = this.latest.directors.get(director);
        return before && isIntended(before, milestone)
          ? []
          : [{ type: 'intended', director, milestone }];
      }),
    );
    return bodies.length === 0 || this.record(...bodies);
  }

  private unwritten({ type }: JournalBody, failure: Failure): JournalEntry {
    const end = unwrittenEnd(this.latest, type === 'reached', failure);
    for (const event of endEvents({ kind: 'end', ...end })) this.deps.emit(event);
    return { type: 'ended', ...end, v: journalVersion, atMs: this.deps.clock.nowMs() };
  }
}
