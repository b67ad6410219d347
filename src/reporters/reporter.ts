import type { DrainEvent } from '../domain/events/event.ts';
import type { Diagnostic } from '../domain/failure.ts';
import type { ServerDrainEstimate } from '../domain/ipvs/drain-estimate.ts';
import type { Plan } from '../domain/rollout/plan.ts';

/** Listens to a rollout and shows it. The engine never waits for a reporter and never asks one. */
export interface Reporter {
  /** The compiled plan, before anything happens; `diagnostics` are warnings. */
  plan(
    plan: Plan,
    diagnostics: readonly Diagnostic[],
    estimates?: readonly ServerDrainEstimate[],
  ): void;
  /** Says that there is a journal: from here on the rollout can be resumed, whatever happens. */
  opened?(rollout: string): void;
  event(event: DrainEvent): void;
  /** Takes live lines off the terminal, and ends what is under way; nothing is shown after it. */
  close(): void | Promise<void>;
}

export interface WriteOptions {
  /** Whether it is the first to go when nobody reads. */
  readonly minor?: boolean;
  /**
   * `data` is for programs, and never broken into lines; `log` is a line of a log, and so only where the
   * terminal has no colours, whose text is recorded as often as read.
   */
  readonly kind?: 'data' | 'log';
}

/** A stream that text goes to; it may be closed any time, which is no error. */
export interface Output {
  write(text: string, options?: WriteOptions): void;
  /** The number of texts that were dropped since the last call, because nobody read them. */
  takeDropped?(): { readonly texts: number; readonly minor: number } | undefined;
  readonly isTty: boolean;
  /** Whether it goes to the journal of systemd. */
  readonly isJournal?: boolean | undefined;
  /** Columns, 80 where unknown. */
  readonly columns: number;
  /** Lines, 24 where unknown. */
  readonly rows: number;
  /** Whether lines can be drawn again in their place; not so on a dumb terminal. */
  readonly movesCursor: boolean;
  readonly colour: boolean;
}

/** Tells everything to one reporter after the other. */
export const allOf = (reporters: readonly Reporter[]): Reporter => ({
  plan(plan, diagnostics, estimates) {
    for (const reporter of reporters) reporter.plan(plan, diagnostics, estimates);
  },
  opened(rollout) {
    for (const reporter of reporters) reporter.opened?.(rollout);
  },
  event(event) {
    for (const reporter of reporters) reporter.event(event);
  },
  async close() {
    await Promise.all(reporters.map((reporter) => reporter.close()));
  },
});
