import type { ServerKey } from '../../domain/address.ts';
import type { HeldWhy } from '../../domain/events/kube-event.ts';
import type { ClaimedServer } from '../../domain/rollout/cluster-claim.ts';
import type { OwnServer, ServiceView } from './intent.ts';
import type { Emptiness, Ramp } from './kube-view.ts';

/** A server after the decision: the part of its weight, and its claim. */
export interface Decided extends OwnServer {
  readonly base: number;
  readonly fraction: number;
  readonly ramp: Ramp | undefined;
  /** The claim before the edits; none for one that only may join. */
  readonly next: ClaimedServer | undefined;
  readonly held: HeldWhy | undefined;
}

export interface DecideOptions {
  readonly verdicts: ReadonlyMap<ServerKey, Emptiness>;
  readonly isContinued: boolean;
  /** Whether the kept claim is a new one, of a service that had none. */
  readonly isNew: boolean;
}
/** How long a whole ramp up takes, and one down; milliseconds. */
export interface RampTimes {
  readonly up: number;
  readonly down: number;
}

export const rampTimes = ({ terms, wanted }: ServiceView): RampTimes => ({
  up: terms.join.overMs,
  down: wanted?.leaveOverMs ?? terms.leave.overMs,
});

/** When whoever leaves has had its time: the ramp, and what it may take to become empty. */
export const deadlineMs = (view: ServiceView, claimed: ClaimedServer): number =>
  claimed.sinceMs + rampTimes(view).down + view.terms.leave.timeoutMs;
