import type { NotDrainingReason } from '../domain/event.ts';
import type { ForwardingMethod, VirtualService } from '../domain/ipvs.ts';
import type { Holders } from './holders.ts';

export interface StallEvidence {
  readonly service: VirtualService;
  readonly forwarding: ForwardingMethod;
  /** Templates that still point to the server. */
  readonly persistConn: number;
  readonly holders?: Holders;
}

/**
 * Why a quiesced server does not empty, as far as counters and the connection table tell.
 * UDP entries live on with every packet; a template brings a client back to a server at weight 0
 * (unless expire_quiescent_template is set); and with direct routing or tunnelling the director sees
 * only what clients send, so a connection that the server ended stays until it times out.
 */
export function stallReason(evidence: StallEvidence): NotDrainingReason {
  const { service, forwarding, persistConn, holders } = evidence;
  if (service.address.kind === 'address' && service.address.protocol === 'udp') {
    return 'udp-traffic';
  }
  if (service.persistence && persistConn > 0) return 'persistence';
  const alive = holders?.byState.get('ESTABLISHED') ?? 0;
  if (forwarding !== 'masq' && holders && holders.count > 0 && alive < holders.count) {
    return 'dead-peer';
  }
  return 'long-lived-connections';
}
