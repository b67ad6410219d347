import type { CheckSpec } from '../../domain/health/gate.ts';
import type { Requested } from './requested.ts';
import { httpCheck, usualTiming } from './wishes.ts';

/** kube-proxy's own health, which also turns bad on a node that the autoscaler is about to delete. */
const kubeProxyPort = 10_256;

/**
 * The check of a virtual service's servers; absent: none. A node port of a Cluster service is never
 * connected to: it answers from any node, and does not see the one that is about to be gone (KEP-3836).
 */
export function checkOf({ service, terms, port: { protocol } }: Requested): CheckSpec | undefined {
  const { check, to } = terms;
  if (check === 'none') return undefined;
  if (check !== 'auto') return check;
  if (to === 'pods' || to === 'hostPort') {
    // Nothing that listens on a UDP port takes a connection.
    return protocol.toUpperCase() === 'TCP'
      ? { probe: { kind: 'tcp' }, ...usualTiming }
      : undefined;
  }
  const port = service.policy === 'Local' ? service.healthCheckNodePort : undefined;
  return httpCheck(`http://{address}:${port ?? kubeProxyPort}/healthz`);
}
