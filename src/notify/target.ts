import type { Notice } from '../domain/events/notice.ts';

/** Somewhere to send notices. One at a time, and never thrown. */
export interface Target {
  /** How a warning calls it; holds no secret. */
  readonly name: string;
  deliver(notice: Notice, ending: Ending): Promise<Delivery>;
}

export type Delivery =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly detail: string }
  /** It wants no more. */
  | { readonly kind: 'gone'; readonly detail: string };

/** The end of the process, as far as those know of it who still have something to send. */
export interface Ending {
  /** Aborts when the rollout is over and only notices are waited for. */
  readonly near: AbortSignal;
  /** Aborts when they are not waited for any longer. */
  readonly over: AbortSignal;
  /** When that will be; infinite as long as the rollout goes on. */
  deadlineMs(): number;
}
