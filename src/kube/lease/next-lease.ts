import { assertNever } from '../../domain/assert-never.ts';
import type { ApiFailureCode, Lease, LeaseSpec } from '../kube-ports.ts';
import { type LeaseState, leads, leaseTimes, type SeenLease } from './lease-state.ts';

export type LeaseAction =
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'read' }
  | { readonly kind: 'create'; readonly spec: LeaseSpec }
  | { readonly kind: 'replace'; readonly spec: LeaseSpec; readonly version: string };

export type LeaseHappened =
  | { readonly kind: 'read'; readonly lease: Lease }
  | { readonly kind: 'absent' }
  /** A Lease of this instance was made or renewed by a request that was sent at that time. */
  | { readonly kind: 'written'; readonly lease: Lease; readonly sentMs: number }
  | { readonly kind: 'failed'; readonly code: ApiFailureCode };

export interface LeaseMoment {
  readonly nowMs: number;
  /** From 0 to 1: those who wait do not all ask at once. */
  readonly random: number;
}

/** What there is to do about the Lease now. */
export function leaseAction(state: LeaseState, nowMs: number): LeaseAction {
  const { seen, isFresh, restUntilMs, self } = state;
  if (nowMs < restUntilMs) return { kind: 'wait', untilMs: restUntilMs };
  const isRenewal = leads(state, nowMs) && seen?.lease.holder === self;
  if (!isFresh && !isRenewal) return { kind: 'read' };
  if (!seen) return { kind: 'create', spec: specFor(state, nowMs) };
  if (!isRenewal && !isFree(state, seen, nowMs)) {
    return { kind: 'wait', untilMs: expiresMs(seen) };
  }
  return { kind: 'replace', spec: specFor(state, nowMs), version: seen.lease.version };
}

/** The state after what happened. */
export function nextLease(
  before: LeaseState,
  happened: LeaseHappened,
  { nowMs, random }: LeaseMoment,
): LeaseState {
  const state = leads(before, nowMs) ? before : { ...before, renewedMs: undefined };
  switch (happened.kind) {
    case 'absent':
      return { ...state, seen: undefined, isFresh: true, renewedMs: undefined };
    case 'written':
      return {
        ...{ ...state, isFresh: false, renewedMs: happened.sentMs },
        seen: { lease: happened.lease, sinceMs: nowMs },
        restUntilMs: happened.sentMs + leaseTimes.retryMs,
      };
    case 'read':
      return afterRead(state, happened.lease, { nowMs, random });
    case 'failed': {
      const isOvertaken = happened.code === 'conflict' || happened.code === 'already-exists';
      // What another has written since is read at once; it may be this instance's own late write.
      const seen = isOvertaken || happened.code === 'not-found' ? withoutHolder(state) : state.seen;
      const restMs = isOvertaken ? 0 : leaseTimes.retryMs;
      return { ...state, seen, isFresh: false, restUntilMs: nowMs + restMs };
    }
    default:
      return assertNever(happened);
  }
}

function afterRead(state: LeaseState, lease: Lease, { nowMs, random }: LeaseMoment): LeaseState {
  const isSame = state.seen !== undefined && isSameRecord(state.seen.lease, lease);
  const seen = { lease, sinceMs: isSame ? (state.seen?.sinceMs ?? nowMs) : nowMs };
  const isOwn = lease.holder === state.self;
  const renewedMs = isOwn ? state.renewedMs : undefined;
  const read = { ...state, seen, renewedMs };
  if (isOwn || isFree(state, seen, nowMs)) return { ...read, isFresh: true, restUntilMs: nowMs };
  // Once more in good time, but not before there can be anything to take.
  const retryMs = nowMs + Math.round(leaseTimes.retryMs * (1 + random));
  const restUntilMs = Math.max(nowMs + 1, Math.min(retryMs, expiresMs(seen)));
  return { ...read, isFresh: false, restUntilMs };
}

/** Somebody's note on a Lease is no renewal. */
const isSameRecord = (a: Lease, b: Lease): boolean =>
  a.holder === b.holder &&
  a.renewedMs === b.renewedMs &&
  a.acquiredMs === b.acquiredMs &&
  a.transitions === b.transitions;

const isFree = ({ self }: LeaseState, seen: SeenLease, nowMs: number): boolean =>
  seen.lease.holder === '' || seen.lease.holder === self || nowMs >= expiresMs(seen);

/** A Lease may ask for another duration, if for no absurd one. */
function expiresMs({ lease, sinceMs }: SeenLease): number {
  const asked = lease.durationSeconds * 1_000;
  const isSane = asked >= leaseTimes.durationMs && asked <= 120_000;
  return sinceMs + (isSane ? asked : leaseTimes.durationMs);
}

/** Not known to be this instance's, so that it is read before anything is written. */
const withoutHolder = ({ seen }: LeaseState): SeenLease | undefined =>
  seen && { ...seen, lease: { ...seen.lease, holder: '' } };

function specFor({ self, seen }: LeaseState, nowMs: number): LeaseSpec {
  const isOwn = seen?.lease.holder === self;
  return {
    holder: self,
    durationSeconds: leaseTimes.durationMs / 1_000,
    acquiredMs: isOwn ? seen.lease.acquiredMs : nowMs,
    renewedMs: nowMs,
    transitions: (seen?.lease.transitions ?? 0) + (isOwn || !seen ? 0 : 1),
  };
}
