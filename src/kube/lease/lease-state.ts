import type { Lease } from '../kube-ports.ts';

/** How a Lease is judged by one instance. */
export interface LeaseState {
  /** The instance's own name, which no other process has or had. */
  readonly self: string;
  /** The Lease as it was last read or written, and since when it is as it is by this machine's clock. */
  readonly seen?: SeenLease | undefined;
  /** What is known of the Lease is of this turn; without it, it is read first. */
  readonly isFresh: boolean;
  /** When the last renewal that succeeded was sent; absent unless this instance leads. */
  readonly renewedMs?: number | undefined;
  readonly restUntilMs: number;
}

export interface SeenLease {
  readonly lease: Lease;
  /** Never a time that the Lease names: clocks differ. */
  readonly sinceMs: number;
}

export interface LeaseTimes {
  /** The time after which a Lease that nobody renews may be taken. */
  readonly durationMs: number;
  /** The time without a renewal after which a leader takes itself for none. */
  readonly deadlineMs: number;
  readonly retryMs: number;
}

/** Those of client-go. */
export const leaseTimes: LeaseTimes = {
  durationMs: 15_000,
  deadlineMs: 10_000,
  retryMs: 2_000,
};

/** `drain-kube-prod`: the Lease of all who keep the table what one cluster says. */
export const leaseName = (cluster: string): string => `drain-kube-${cluster}`;

export const newLeaseState = (self: string): LeaseState => ({
  ...{ self, isFresh: false, restUntilMs: 0 },
});

/**
 * Whether this instance may write to the cluster at this very moment: asked before each write, as a
 * process that was paused for a minute goes on where it was.
 */
export const leads = ({ renewedMs }: LeaseState, nowMs: number): boolean =>
  renewedMs !== undefined && nowMs < renewedMs + leaseTimes.deadlineMs;
