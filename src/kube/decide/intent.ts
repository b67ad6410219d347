import type { ServerKey } from '../../domain/address.ts';
import { findServer, type RealServer, type VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { ClaimedServer, ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { CountedFloor } from '../../guard/decide/room-above-floor.ts';
import type { LeaveCause, WantedServer, WantedService } from '../wanted/wanted.ts';
import { type KubeTerms, type ServerHealth, type ServiceMemory, verdictKey } from './kube-view.ts';

/** One virtual service as it is decided about. */
export interface ServiceView {
  /** Absent: the cluster asks for it no longer. */
  readonly wanted: WantedService | undefined;
  readonly claim: ClusterClaim;
  readonly live: VirtualService | undefined;
  readonly excused: ReadonlySet<ServerKey>;
  readonly health: ReadonlyMap<string, ServerHealth>;
  readonly terms: KubeTerms;
  readonly memory: ServiceMemory;
  /** The floor of the service, with everything counted that is out; absent: none. */
  readonly floor?: CountedFloor | undefined;
  /** A rollout that was cut off has the weights on a scale of its own, and its rollback needs those of whoever stays. */
  readonly isInMidRamp: boolean;
  /** Whether what the cluster shows is believed; if not, nobody comes and nobody else leaves. */
  readonly isBelieved: boolean;
  /** The weight of a unit of capacity. */
  readonly unit: number;
  readonly nowMs: number;
}

/** A server of the cluster in one service: one that is claimed, or one that may join. */
export interface OwnServer {
  readonly key: ServerKey;
  readonly live: RealServer | undefined;
  readonly claimed: ClaimedServer | undefined;
  readonly wanted: WantedServer | undefined;
  readonly isExcused: boolean;
  readonly intent: Intent;
}

export type Cause = LeaveCause | 'unhealthy' | (string & {});

export type Intent =
  | { readonly kind: 'serve' }
  /** Nothing changes for a server that is in, or on its way in. */
  | { readonly kind: 'stay' }
  /** One that is not in, or that leaves, and may not come yet. */
  | { readonly kind: 'wait'; readonly untilMs?: number | undefined }
  | {
      readonly kind: 'leave';
      readonly cause: Cause;
      readonly detail?: string | undefined;
      readonly pace: 'ramp' | 'at-once';
      readonly basis: 'asked' | 'observed';
    }
  /** The row in the table is somebody else's. */
  | { readonly kind: 'foreign' };

/** A departure counts against a server for so long. */
export const flapWindowMs = 600_000;
const mostFlapFactor = 16;

/** All servers of the cluster in one service, and what each should come to. */
export function ownServers(view: ServiceView): readonly OwnServer[] {
  const { wanted, claim, live } = view;
  const wantedBy = new Map((wanted?.servers ?? []).map((one) => [one.key, one]));
  const claimedBy = new Map(claim.servers.map((one) => [one.server, one]));
  const keys = new Set([...claimedBy.keys(), ...wantedBy.keys()]);
  return [...keys].map((key): OwnServer => {
    const known = {
      key,
      live: live && findServer(live, key),
      claimed: claimedBy.get(key),
      wanted: wantedBy.get(key),
      isExcused: view.excused.has(key),
    };
    return { ...known, intent: intentOf(view, known) };
  });
}

type Known = Omit<OwnServer, 'intent'>;

function intentOf(view: ServiceView, known: Known): Intent {
  const { wanted: service, isBelieved } = view;
  const { claimed, wanted, live } = known;
  if (!claimed && live && !view.terms.adopts) return { kind: 'foreign' };
  if (!isBelieved) return claimed?.state === 'leaving' ? leavesOn(claimed) : { kind: 'stay' };
  if (!service || service.phase === 'ending') {
    const cause = 'service-deleted';
    return claimed ? { kind: 'leave', cause, pace: 'at-once', basis: 'asked' } : { kind: 'wait' };
  }
  if (!wanted) return { kind: 'leave', cause: 'node-deleted', pace: 'ramp', basis: 'observed' };
  const { presence } = wanted;
  switch (presence.kind) {
    case 'leaves': {
      if (!claimed && !live) return { kind: 'wait' };
      return { ...presence, kind: 'leave' };
    }
    case 'waits':
      if (!claimed) return { kind: 'wait', untilMs: presence.untilMs };
      return claimed.state === 'leaving' ? leavesOn(claimed) : healthy(view, known, 'stay');
    case 'serves':
      return healthy(view, known, 'serve');
  }
}

/** A server that leaves goes on to leave: its cause is in its claim. */
const leavesOn = ({ cause = 'node-deleted' }: ClaimedServer): Intent => ({
  kind: 'leave',
  cause,
  pace: 'ramp',
  basis: 'asked',
});

function healthy(view: ServiceView, known: Known, otherwise: 'serve' | 'stay'): Intent {
  const { claim, health, nowMs } = view;
  const { key, claimed } = known;
  const found = health.get(verdictKey(claim.service, key)) ?? 'up';
  if (found === 'down') {
    return claimed
      ? { kind: 'leave', cause: 'unhealthy', pace: 'at-once', basis: 'observed' }
      : { kind: 'wait' };
  }
  const isIn = claimed !== undefined && claimed.state !== 'leaving';
  if (isIn || otherwise === 'stay') return { kind: otherwise };
  if (found === 'unknown') return claimed ? leavesOn(claimed) : { kind: 'wait' };
  const untilMs = mayReturnMs(view, known);
  if (untilMs <= nowMs) return { kind: 'serve' };
  return claimed ? leavesOn(claimed) : { kind: 'wait', untilMs };
}

/**
 * The time from which a server that has left may come back: the second return within ten minutes takes
 * twice `join.after` of good signs in a row, the third four times, sixteen times at most.
 */
export function mayReturnMs(
  { memory, claim, terms, nowMs }: ServiceView,
  { key, claimed }: Pick<OwnServer, 'key' | 'claimed'>,
): number {
  const left = departures(memory, claimed, key, nowMs).length;
  if (left < 2 || claim.servers.length === 0) return nowMs;
  const factor = Math.min(mostFlapFactor, 2 ** (left - 1));
  return (memory.servesSinceMs.get(key) ?? nowMs) + terms.join.afterMs * factor;
}

/** The departures of a server that still count against it. */
export const departures = (
  memory: ServiceMemory,
  claimed: ClaimedServer | undefined,
  key: ServerKey,
  nowMs: number,
): readonly number[] =>
  (memory.leftMs.get(key) ?? claimed?.leftMs ?? []).filter((atMs) => atMs > nowMs - flapWindowMs);
