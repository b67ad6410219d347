/** What every notice has, be it of a rollout or of a guard. */
export interface AnyNotice {
  readonly id: string;
  readonly type: string;
  readonly text: string;
}

/** A place to send notices to, one at a time; `deliver` never throws. */
export interface Target<N extends AnyNotice> {
  /** The name in warnings; holds no secret. */
  readonly name: string;
  deliver(notice: N, ending: Ending): Promise<Delivery>;
}

export type Delivery =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly detail: string }
  /** The end of a target that wants no more notices. */
  | { readonly kind: 'gone'; readonly detail: string };

/** The end of the process, as far as those know of it who still have something to send. */
export interface Ending {
  /** Aborts when the rollout is over and only notices are waited for. */
  readonly near: AbortSignal;
  /** Aborts when the notices are not waited for any longer. */
  readonly over: AbortSignal;
  /** The time when `over` aborts; infinite as long as the rollout goes on. */
  deadlineMs(): number;
}
