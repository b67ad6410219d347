import type { Actor } from '../domain/actor/actor.ts';
import type { AroundRecord } from '../domain/around/around.ts';
import type { AroundEventBody } from '../domain/events/around-event.ts';
import type { DrainEvent } from '../domain/events/event.ts';
import { type Diagnostic, exitCodeOf, type Failure, type Result } from '../domain/failure.ts';
import type { ServerDrainEstimate } from '../domain/ipvs/drain-estimate.ts';
import type { Plan } from '../domain/rollout/plan.ts';
import type { WaitedGate } from '../rollout/gates/waited-gate.ts';
import type { Store } from '../rollout/ports.ts';
import type { ControlRequest } from '../rollout/requests.ts';
import type { RolloutEnd } from '../rollout/state/rollout-state.ts';
import type { OpenFleet } from './ports.ts';

/** The part of a front end that watches while tables are read and servers are waited for. */
export interface Onlooker {
  /** Whether a person watches: simulated time takes its time then. */
  readonly isLive: boolean;
  /** Does `work`, and shows a person who watches what is waited for, as long as that lasts. */
  waitingFor<T>(wait: Wait, work: () => Promise<T>): Promise<T>;
}

/** Something that may take long, for a front end to put into words. */
export type Wait =
  | { readonly kind: 'tables'; readonly directors: readonly string[] }
  /** The records of rollouts in the store. */
  | { readonly kind: 'rollouts' }
  | { readonly kind: 'lock' }
  /** A service that is not in the table yet. */
  | { readonly kind: 'service'; readonly service: string }
  /** A request to come into force in the process that runs the rollout. */
  | {
      readonly kind: 'request';
      readonly request: ControlRequest['kind'];
      readonly rollout: string;
    }
  | { readonly kind: 'health'; readonly checks: readonly string[] }
  /** Capacity above the floor of a service. */
  | { readonly kind: 'floor' }
  | { readonly kind: 'command'; readonly file: string; readonly server: string };

/**
 * The front end as control sees it: says who asks, hears events, takes notes, answers one question. `Own` are the notes
 * of one thing that can be asked for, beside those that several have.
 */
export interface Audience<Own extends OwnNote = never> extends Onlooker {
  /** Whoever asks, and why. */
  readonly actor: Actor;
  /** Begins to hear one rollout. */
  listen(opened: OpenFleet): Promise<Listener>;
  /** Hears the events of a `drain around`; those of its rollouts go to listeners of their own. */
  around(around: AroundRecord, opened: OpenFleet): (event: AroundEventBody) => void;
  /** The stream that the output of the operator's own commands goes to. */
  readonly commandOutput: 'stdout' | 'stderr';
  /** Asks for a yes, once, before anything is changed. */
  confirm(): Promise<boolean>;
  /** Whether what is made of a rollout in the end could be made, asked before anything is changed. */
  canShow(): Promise<Result<void>>;
  note(note: Note | Own): void;
}

/** A note that is declared beside the function of control that makes it, and worded beside its command. */
export interface OwnNote {
  readonly kind: string;
}

/** Hears one rollout. The engine never waits for a listener. */
export interface Listener {
  /** The compiled plan, before anything happens; what the planner says and expects beside it. */
  plan(
    plan: Plan,
    warnings: readonly Diagnostic[],
    estimates?: readonly ServerDrainEstimate[],
  ): void;
  /** Says that there is a journal: from here on the rollout can be resumed, whatever happens. */
  opened?(rollout: string): void;
  event(event: DrainEvent): void;
  /** Hears that the rollout has ended, and that its journal and trace are closed. */
  ended(ended: EndedRollout): Promise<void>;
  close(): void | Promise<void>;
}

export interface EndedRollout {
  readonly rollout: string;
  readonly end: RolloutEnd;
  readonly store: Store;
}

/** A note beside the events that several things make, for a front end to put into words. */
export type Note =
  | { readonly kind: 'failures'; readonly failures: readonly Failure[] }
  /** A plan that cannot start, with how the table differs from its baseline. */
  | { readonly kind: 'refused'; readonly failure: Failure; readonly diff: readonly string[] }
  /** A rollout that is none, for there is no plan. */
  | { readonly kind: 'not-planned'; readonly failures: readonly Failure[] }
  | { readonly kind: 'not-confirmed' }
  /** A rollout that was done is about to be rolled back. */
  | {
      readonly kind: 'undoing';
      readonly rollout: string;
      readonly plan: Plan;
      readonly endedMs: number;
    }
  /** A failure that `--force` goes past. */
  | { readonly kind: 'passed-over'; readonly failure: Failure }
  | { readonly kind: 'resuming'; readonly rollout: string }
  /** The next step of a rollout that is to go on would take a service below its floor. */
  | {
      readonly kind: 'floor-waited';
      readonly rollout: string;
      readonly waits: readonly WaitedGate[];
    }
  /** `drain in` of servers whose weight is not to be moved. */
  | {
      readonly kind: 'nothing-to-do';
      readonly lines: readonly string[];
      readonly nowMs: number;
      /** Other than 0 where that is not as asked for. */
      readonly exitCode: number;
    }
  | { readonly kind: 'around-held'; readonly record: AroundRecord; readonly reason?: string }
  | { readonly kind: 'commands-end-first' }
  | {
      readonly kind: 'sequence-stopped';
      /** Counted from 1. */
      readonly number: number;
      readonly count: number;
      readonly exitCode: number;
      /** The id of its record, where another process can go on by that. */
      readonly sequence?: string;
    }
  | {
      readonly kind: 'sequence-ended';
      readonly sequence: string;
      readonly message: string;
      /** The rollouts that are done and stand. */
      readonly done: readonly string[];
    };

/** The outcome of what was asked for. */
export type Outcome =
  | {
      readonly kind: 'ended';
      readonly rollout: string;
      readonly end: RolloutEnd;
      readonly exitCode: number;
    }
  /** Events and notes have said why. */
  | { readonly kind: 'refused'; readonly exitCode: number }
  | { readonly kind: 'not-confirmed'; readonly exitCode: number }
  | { readonly kind: 'dry-run'; readonly exitCode: 0 }
  | { readonly kind: 'nothing-to-do'; readonly exitCode: 0 }
  | { readonly kind: 'abandoned'; readonly exitCode: 0 }
  /** Servers of an `in` that health keeps out. */
  | { readonly kind: 'kept-out'; readonly exitCode: number }
  /** A running rollout was asked; its own process acts. */
  | { readonly kind: 'requested'; readonly exitCode: 0 }
  /** Several things one after another, and the exit code of the worst. */
  | { readonly kind: 'several'; readonly exitCode: number };

/** Tells failures that are no events. Returns the exit code of the first. */
export function noteFailures(
  audience: Pick<Audience, 'note'>,
  failures: readonly Failure[],
): number {
  audience.note({ kind: 'failures', failures });
  const [first] = failures;
  return first ? exitCodeOf(first.kind) : 0;
}
