import type { NotDrainingReason } from '../../domain/events/event.ts';
import type { ForwardingMethod, VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { OpenConnections } from './open-connections.ts';

export interface StallEvidence {
  readonly service: VirtualService;
  readonly forwarding: ForwardingMethod;
  /** Templates that still point to the server. */
  readonly persistConn: number;
  /** Seconds that the server has been at weight 0. */
  readonly quiescedForS: number;
  /** Connections that came at weight 0 all the same (`--stats`); absent when nobody counted. */
  readonly newConnections?: number;
  /** Connections out of a source port whose last one had ended; none but with conn_reuse_mode=0. */
  readonly reusedPorts: number;
  /** Settings under net.ipv4.vs, where they could be read. */
  readonly sysctls: ReadonlyMap<string, number>;
  /** The open connections; absent when the connection table could not be read. */
  readonly openConnections?: OpenConnections;
}

/** A connection that was silent for this long may be dead for all that the director can see. */
const longSilenceS = 60;

/** The drain has to have watched for this long itself before a silence means anything. */
const shortestSilenceS = 3;

/**
 * Finds why a quiesced server does not empty, as far as counters, settings and the connection table
 * tell. UDP entries live on with every packet. New connections at weight 0 come through a
 * persistence template (unless expire_quiescent_template is set) or out of a source port that was
 * used again (with conn_reuse_mode 0). And with direct routing or tunnelling the director sees only
 * what clients send, so a connection that the server ended stays until it times out. `undefined` where
 * only the connection table could tell, and that was not read.
 */
export function stallReason(evidence: StallEvidence): NotDrainingReason | undefined {
  const { service, persistConn, newConnections, reusedPorts, sysctls, openConnections } = evidence;
  if (service.address.kind === 'address' && service.address.protocol === 'udp') {
    return 'udp-traffic';
  }
  const templatesHold =
    service.persistence !== undefined &&
    persistConn > 0 &&
    sysctls.get('expire_quiescent_template') !== 1;
  // Somebody who never let go needs no template to stay.
  const nobodyCame = newConnections === 0 && (openConnections?.count ?? 0) > 0;
  if (templatesHold && !nobodyCame) return 'persistence';
  if (reusedPorts > 0) return 'port-reuse';
  if (!openConnections) return undefined;
  return isDeadPeer(evidence, openConnections) ? 'dead-peer' : 'long-lived-connections';
}

function isDeadPeer(
  { forwarding, quiescedForS }: StallEvidence,
  openConnections: OpenConnections,
): boolean {
  if (forwarding === 'masq' || openConnections.count === 0) return false;
  const alive = openConnections.byState.get('ESTABLISHED') ?? 0;
  if (alive < openConnections.count) return true;
  const silence = Math.max(shortestSilenceS, Math.min(longSilenceS, quiescedForS - 1));
  return (openConnections.silentForS ?? 0) >= silence;
}
