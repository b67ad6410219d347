import { fail, ok, type Result } from '../../../domain/failure.ts';
import type { Answer, Etcd, Trouble } from '../etcd.ts';
import type { Patience } from '../patience.ts';
import type { Timing } from '../timing.ts';

/** The one lease of a process: all its locks are attached to it, and end together. */
export interface LeaseKeeper {
  /** A lease that still lasts for a while, the same lease as long as that can be. */
  fresh(): Promise<Result<string, Trouble>>;
  /** The time for which the lease is surely not over; 0 when it may be. */
  leftMs(lease: string): number;
  /** Asks etcd whether the lease is still there. */
  renew(): Answer<void>;
}

interface Current {
  readonly id: string;
  readonly ttlMs: number;
  /** The time before the request was sent: at etcd the lease began, and ends, later. */
  readonly sinceMs: number;
}

/** The part of a lease that is not made use of: clocks differ, and an edit that was begun takes its time. */
const margin = 0.15;

export function createLeaseKeeper(
  etcd: Etcd,
  { timing, patiently, ttlMs }: { timing: Timing; patiently: Patience; ttlMs: number },
): LeaseKeeper {
  let current: Current | undefined;

  const leftOf = ({ ttlMs: lastsMs, sinceMs }: Current): number =>
    Math.max(0, sinceMs + lastsMs * (1 - margin) - timing.nowMs());

  const renew = async (): Answer<void> => {
    const before = current;
    if (!before) return ok(undefined);
    const sinceMs = timing.nowMs();
    const answer = await etcd.keepAlive(before.id);
    if (!answer.ok) return answer;
    if (current?.id !== before.id) return ok(undefined);
    if (answer.value <= 0) current = undefined;
    else if (current.sinceMs < sinceMs) {
      current = { id: before.id, ttlMs: answer.value * 1_000, sinceMs };
    }
    return ok(undefined);
  };

  const grant = async (): Answer<void> => {
    const sinceMs = timing.nowMs();
    const answer = await etcd.grant(Math.ceil(ttlMs / 1_000));
    if (!answer.ok) return answer;
    current = { id: answer.value.id, ttlMs: answer.value.ttlS * 1_000, sinceMs };
    return ok(undefined);
  };

  const attempt = async (): Answer<string> => {
    if (current && leftOf(current) > current.ttlMs / 2) return ok(current.id);
    const renewed = await renew();
    if (!renewed.ok) return renewed;
    if (!current) {
      const granted = await grant();
      if (!granted.ok) return granted;
    }
    if (current && leftOf(current) > current.ttlMs / 4) return ok(current.id);
    return fail({ kind: 'away', why: 'it answers too slowly' });
  };

  let asking: Promise<Result<string, Trouble>> | undefined;
  return {
    fresh() {
      asking ??= patiently(attempt).finally(() => {
        asking = undefined;
      });
      return asking;
    },
    leftMs: (lease) => (current?.id === lease ? leftOf(current) : 0),
    renew,
  };
}
