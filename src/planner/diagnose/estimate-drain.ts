import type { DrainEstimate } from '../../domain/ipvs/drain-estimate.ts';
import type {
  ConnectionCounts,
  ForwardingMethod,
  Timeouts,
  VirtualService,
} from '../../domain/ipvs/ipvs.ts';
import type { ScheduledStep } from '../../domain/rollout/plan.ts';

/** An old server as it is before the ramp. */
export interface OldServer {
  readonly service: Pick<VirtualService, 'address' | 'persistence' | 'onePacket'>;
  readonly forwarding: ForwardingMethod;
  readonly counts: ConnectionCounts;
  /** New connections a second that this server gets; undefined or 0 when the table does not tell. */
  readonly perSecond: number | undefined;
  readonly timeouts: Timeouts;
  /** expire_quiescent_template: clients with a persistence template leave a server at weight 0. */
  readonly templatesExpire: boolean;
  readonly schedule: readonly ScheduledStep[];
  readonly settleMs: number;
}

/**
 * Estimates how long the drain after the ramp takes, if connections end as they do now.
 *
 * Little's law gives the mean life of a connection, `life = open / perSecond`. What is open when
 * the ramp ends follows from the ramp (`openAtEnd`). When lives are exponential, the last of N
 * connections ends after about `life * (ln N + 0.58)`, here as `life * ln(1 + 1.78 N)`, which is
 * the same for large N and 0 for N = 0. Lives that differ much make the tail longer.
 *
 * Worked example: 200 connections open, 100 new ones a second: life 2 s. A ramp of ten steps, one a
 * second, leaves 50.5 open: 2 s * ln(1 + 1.78 * 50.5) = 9.0 s.
 *
 * On top of that: a UDP flow stays for the udp timeout after its last packet, and with direct
 * routing or tunnelling a TCP connection for the tcpfin timeout after the client's FIN.
 */
export function estimateDrain(old: OldServer): DrainEstimate {
  const transport = transportOf(old);
  const open = transport === 'udp' ? old.counts.inActConn : old.counts.activeConn;
  const lingerMs = lingersMs(old, transport);
  const rate = old.perSecond ?? 0;
  if (transport === 'one-packet') return about(old, 0, 0);
  if (open > 0 && rate <= 0) return { kind: 'unknown', open };
  if (open === 0) return withTemplates(old, about(old, 0, lingerMs));
  const lifeMs = (1_000 * open) / rate;
  // A UDP entry's life ends with its timeout: nothing is sent in that part of it.
  const liveMs = transport === 'udp' ? Math.max(0, lifeMs - lingerMs) : lifeMs;
  const live = (open * liveMs) / lifeMs;
  return withTemplates(old, about(old, openAtEnd(live, liveMs, rampOf(old)), lingerMs, liveMs));
}

type Transport = 'tcp' | 'udp' | 'one-packet' | 'sctp';

function transportOf({ service: { address, onePacket } }: OldServer): Transport {
  if (onePacket) return 'one-packet';
  return address.kind === 'fwmark' ? 'tcp' : address.protocol;
}

/**
 * The time that an entry stays in the table after its last packet, where only a timeout ends it.
 */
function lingersMs(
  { forwarding, counts, perSecond = 0, timeouts }: OldServer,
  transport: Transport,
) {
  const used = perSecond > 0 || counts.activeConn + counts.inActConn > 0;
  if (!used) return 0;
  if (transport === 'udp') return timeouts.udpS * 1_000;
  return transport === 'tcp' && forwarding !== 'masq' ? timeouts.tcpFinS * 1_000 : 0;
}

/** The schedule by which clients move; with persistence all move at the end of the ramp. */
function rampOf({ service, schedule }: OldServer): readonly ScheduledStep[] {
  return service.persistence ? [{ atMs: 0, fraction: 1 }] : schedule;
}

/**
 * Computes how many of `open` connections with this mean life are left at the last step. The part
 * of the traffic that moves at a step has from there to the end of the ramp to finish: half moved
 * 10 s before the end and half at the end leaves, with a life of 10 s, 0.5 / e + 0.5 = 68 %.
 */
export function openAtEnd(
  open: number,
  lifeMs: number,
  schedule: readonly ScheduledStep[],
): number {
  const endMs = schedule.at(-1)?.atMs ?? 0;
  let left = 0;
  let moved = 0;
  for (const { atMs, fraction } of schedule) {
    left += (fraction - moved) * (atMs < endMs ? Math.exp((atMs - endMs) / lifeMs) : 1);
    moved = fraction;
  }
  return open * left;
}

function about(
  { settleMs }: OldServer,
  left: number,
  lingerMs: number,
  lifeMs = 0,
): Extract<DrainEstimate, { kind: 'about' }> {
  const ms = Math.round(lifeMs * Math.log(1 + 1.78 * left) + lingerMs + settleMs);
  const estimate = { kind: 'about', ms, openAtEnd: Math.round(left * 10) / 10 } as const;
  return lifeMs > 0 ? { ...estimate, meanLifeMs: Math.round(lifeMs) } : estimate;
}

/** Turns the estimate into `at-least` where persistence templates keep bringing clients back. */
function withTemplates(
  { service, templatesExpire, counts, perSecond = 0 }: OldServer,
  estimate: Extract<DrainEstimate, { kind: 'about' }>,
): DrainEstimate {
  const { persistence } = service;
  const used = perSecond > 0 || counts.persistConn > 0;
  if (!persistence || templatesExpire || !used) return estimate;
  const persistenceS = persistence.timeoutS;
  return { kind: 'at-least', ms: Math.max(estimate.ms, persistenceS * 1_000), persistenceS };
}
