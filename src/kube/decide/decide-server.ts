import type { ServerKey } from '../../domain/address.ts';
import type { HeldWhy } from '../../domain/events/kube-event.ts';
import type { ClaimedServer } from '../../domain/rollout/cluster-claim.ts';
import { type Decided, rampTimes } from './decided.ts';
import { departures, type OwnServer, type ServiceView } from './intent.ts';
import type { Ramp } from './kube-view.ts';
import { knownWeight } from './weights/known-weights.ts';
import { baseWeight, unitWeight } from './weights/own-weights.ts';
import { fractionAt } from './weights/ramp.ts';

/** The weights of servers that are wholly in; one of which the cluster says nothing keeps its claim's. */
export function basesOf(
  servers: readonly OwnServer[],
  unit: number,
): ReadonlyMap<ServerKey, number> {
  return new Map(
    servers.map(
      ({ key, claimed, wanted }) =>
        [key, baseWeight(wanted?.capacity ?? 0, unit) || claimed?.weight || unitWeight] as const,
    ),
  );
}

/** The part of its weight that a server has: by its ramp, or as the table shows it. */
export function fractionBefore(
  view: ServiceView,
  { key, live, claimed, isExcused }: OwnServer,
  /** Its weight on the scale in force when it is wholly in. */
  whole: number,
): number {
  const { memory, nowMs } = view;
  if (!live || isExcused) return 0;
  const ramp = memory.ramps.get(key);
  const known = knownWeight(memory.known, key);
  if (ramp && known === live.weight) {
    const { up, down } = rampTimes(view);
    const overMs = ramp.to === 1 ? up : down;
    return live.weight === 0 ? 0 : fractionAt(ramp, overMs, nowMs);
  }
  if (live.weight === 0) return 0;
  return claimed?.state === 'in' ? 1 : Math.min(1, live.weight / (whole || unitWeight));
}

interface Terms {
  readonly held: HeldWhy | undefined;
  readonly before: number;
  readonly base: number;
}

/** Decides how much of its weight a server has now, and what is kept of it. */
export function decideServer(
  view: ServiceView,
  one: OwnServer,
  { held, before, base }: Terms,
): Decided {
  const overMs = rampTimes(view);
  const { nowMs, memory } = view;
  const { intent, claimed, wanted, key } = one;
  const known = { ...one, base, held };
  const kept = claimed && { ...claimed, weight: base, ...(wanted ? named(wanted) : {}) };
  const still = { ...known, fraction: before, ramp: undefined, next: kept };
  switch (intent.kind) {
    case 'foreign':
      return { ...still, held: 'foreign', next: undefined };
    case 'wait':
      return still;
    case 'stay':
      return claimed?.state === 'joining' && !view.isBelieved ? climb() : still;
    case 'serve':
      return claimed?.state === 'in' && wanted?.uid !== undefined && before > 0
        ? { ...still, fraction: 1, next: asIn(kept) }
        : climb();
    case 'leave':
      if (!claimed || held) return { ...still, fraction: claimed?.state === 'in' ? 1 : before };
      return leave();
  }

  /** Up from where it is; a new one begins at 0. */
  function climb(): Decided {
    // One that is adopted serves already.
    if (!claimed && before > 0)
      return { ...known, fraction: 1, ramp: undefined, next: newClaim('in') };
    const since = memory.ramps.get(key);
    const ramp: Ramp = since?.to === 1 ? since : { from: before, to: 1, sinceMs: nowMs };
    const fraction = Math.max(before, fractionAt(ramp, overMs.up, nowMs));
    const state = fraction >= 1 ? 'in' : 'joining';
    if (one.isExcused) return { ...still, next: asIn(kept) ?? newClaim('in') };
    return { ...known, fraction, ramp: fraction < 1 ? ramp : undefined, next: claimOf(state) };
  }

  function claimOf(state: 'joining' | 'in'): ClaimedServer | undefined {
    if (!kept) return newClaim(state);
    const { cause: _, ...rest } = kept;
    const sinceMs = kept.state === state ? kept.sinceMs : nowMs;
    const left = departures(memory, claimed, key, nowMs);
    return { ...without(rest), state, sinceMs, ...(left.length > 0 ? { leftMs: left } : {}) };
  }

  function newClaim(state: 'joining' | 'in'): ClaimedServer | undefined {
    if (!wanted) return undefined;
    const left = departures(memory, undefined, key, nowMs);
    return {
      server: key,
      ...named(wanted),
      weight: base,
      state,
      sinceMs: nowMs,
      ...(left.length > 0 ? { leftMs: left } : {}),
    };
  }

  function leave(): Decided {
    if (intent.kind !== 'leave' || !kept) return still;
    const begins = claimed?.state !== 'leaving';
    const since = memory.ramps.get(key);
    const ramp: Ramp = since?.to === 0 ? since : { from: before, to: 0, sinceMs: nowMs };
    const fraction =
      intent.pace === 'at-once' ? 0 : Math.min(before, fractionAt(ramp, overMs.down, nowMs));
    const left = departures(memory, claimed, key, nowMs);
    // Out by health and out by the cluster are two reasons, of which one is said, and has its own time.
    const isOther =
      claimed?.cause !== intent.cause && [claimed?.cause, intent.cause].includes('unhealthy');
    const next: ClaimedServer = begins
      ? {
          ...without(kept),
          // A row without endpoints has no capacity: it comes back to what it had.
          weight: claimed?.weight || base,
          state: 'leaving',
          cause: intent.cause,
          sinceMs: nowMs,
          leftMs: [...left, nowMs],
        }
      : {
          ...kept,
          weight: claimed.weight,
          ...(isOther ? { cause: intent.cause, sinceMs: nowMs } : {}),
        };
    return { ...known, fraction, ramp: fraction > 0 ? ramp : undefined, next };
  }
}

const named = ({ node, uid }: { readonly node?: string | undefined; readonly uid: string }) => ({
  ...(node === undefined ? {} : { node }),
  uid,
});

const without = <T extends ClaimedServer>({ leftMs: _, cause: __, ...rest }: T) => rest;

const asIn = (claimed: ClaimedServer | undefined): ClaimedServer | undefined =>
  claimed && claimed.state !== 'in' ? { ...claimed, state: 'in' } : claimed;

/**
 * A ramp is beside others that have the rest: where nobody has weight, whoever may serve is in at once.
 */
export function lastResort(
  view: ServiceView,
  decided: readonly Decided[],
  /** The weight of whoever else serves. */
  othersWeight: number,
): readonly Decided[] {
  const isEnding = !view.wanted || view.wanted.phase === 'ending';
  const serving = decided.some(
    ({ next, fraction, isExcused }) => next && !isExcused && fraction > 0,
  );
  if (serving || othersWeight > 0 || isEnding) return decided;
  return decided.map((one) =>
    one.next && one.intent.kind === 'serve' && !one.isExcused
      ? { ...one, fraction: 1, ramp: undefined, next: { ...one.next, state: 'in' } }
      : one,
  );
}
