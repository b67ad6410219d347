import type { Audience, EndedRollout, Note, OwnNote } from '../../control/audience.ts';
import type { Actor } from '../../domain/actor/actor.ts';
import type { DrainEvent } from '../../domain/events/event.ts';
import { type Failure, ok } from '../../domain/failure.ts';
import { allOf, type Reporter } from '../../reporters/reporter.ts';

/** What one request hears of what it asked for. */
export interface Heard {
  /** A rollout has its journal: whatever happens now, it is there. */
  readonly onOpened?: ((rollout: string) => void) | undefined;
  readonly onEvent?: ((event: DrainEvent) => void) | undefined;
  readonly onFailures?: ((failures: readonly Failure[]) => void) | undefined;
  /** Says that there is nothing to do, and why. */
  readonly onLines?: ((lines: readonly string[]) => void) | undefined;
}

export interface ApiAudienceOptions extends Heard {
  readonly actor: Actor;
  /** Listeners that the config file asks for, such as recipients of notices. */
  readonly createListeners: () => Promise<readonly Reporter[]>;
  /** Makes what the config file asks for of a rollout that has ended. */
  readonly onEnded: (ended: EndedRollout) => Promise<void>;
}

/** A request of the API as control sees it: nobody watches, and nobody is asked. */
export function apiAudience<Own extends OwnNote = never>({
  actor,
  createListeners,
  onEnded,
  ...heard
}: ApiAudienceOptions): Audience<Own> {
  return {
    isLive: false,
    waitingFor: (_, work) => work(),
    actor,
    async listen() {
      const others = allOf(await createListeners());
      return {
        ...others,
        opened(rollout) {
          heard.onOpened?.(rollout);
          others.opened?.(rollout);
        },
        event(event) {
          heard.onEvent?.(event);
          others.event(event);
        },
        ended: onEnded,
      };
    },
    around: () => () => {},
    commandOutput: 'stderr',
    confirm: async () => true,
    canShow: async () => ok(undefined),
    note(note) {
      const failures = failuresIn(note as Note);
      if (failures.length > 0) heard.onFailures?.(failures);
      const lines = linesIn(note as Note);
      if (lines.length > 0) heard.onLines?.(lines);
    },
  };
}

function failuresIn(note: Note): readonly Failure[] {
  switch (note.kind) {
    case 'failures':
    case 'not-planned':
      return note.failures;
    case 'refused':
      return [note.failure];
    default:
      return [];
  }
}

const linesIn = (note: Note): readonly string[] =>
  note.kind === 'nothing-to-do' ? note.lines : [];
