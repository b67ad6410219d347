import { formatDuration } from '../../domain/duration.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import type { ServerDrainEstimate } from '../../domain/ipvs/drain-estimate.ts';
import { shortList } from '../../domain/printable.ts';
import { type DrainingServer, estimateDrains, type HostView, there } from './host-view.ts';

/**
 * Warns where the drain may not be over within --drain-timeout, by what is known before the ramp.
 */
export function examineWaiting(view: HostView): readonly Diagnostic[] {
  return [...examineDirectRouting(view), ...examineDrainTimeout(view)];
}

/**
 * Warns where the director sees clients only: a connection whose client sends no FIN stays until
 * the tcp timeout.
 */
function examineDirectRouting(view: HostView): readonly Diagnostic[] {
  const { timeouts } = view.snapshot;
  const { drainTimeoutMs } = view.policy;
  const services = view.leaving.filter((one) => hasOneWayConnections(view, one));
  if (services.length === 0 || timeouts.tcpS * 1_000 <= drainTimeoutMs) return [];
  return [
    {
      severity: 'warning',
      code: 'direct-routing-timeout',
      message: `the director does not see what the old servers of ${shortList(services.map(({ service }) => service.key))} send, so a connection that only the server has ended stays ESTABLISHED for up to ${formatDuration(timeouts.tcpS * 1_000)} after the client's last packet, longer than --drain-timeout ${formatDuration(drainTimeoutMs)}`,
      next: `give --drain-timeout ${roundedUp(timeouts.tcpS * 1_000)}; or shorten it before the rollout (\`${there(view, `ipvsadm --set ${Math.max(1, Math.floor(drainTimeoutMs / 2_000))} 0 0`)}\`), which counts for an entry from its next packet on, and cuts off any connection that is idle for longer`,
    },
  ];
}

const hasOneWayConnections = ({ snapshot }: HostView, { service, old }: DrainingServer): boolean =>
  (service.address.kind === 'fwmark' || service.address.protocol === 'tcp') &&
  old.some(
    ({ key, forwarding }) =>
      forwarding !== 'masq' &&
      (snapshot.samples.get(service.key)?.servers.get(key)?.activeConn ?? 0) > 0,
  );

/** The slowest server of each service, when it is expected to be too slow. */
function examineDrainTimeout(view: HostView): readonly Diagnostic[] {
  const { drainTimeoutMs, settleMs } = view.policy;
  const slowest = new Map<string, ServerDrainEstimate & { readonly ms: number }>();
  for (const one of estimateDrains(view)) {
    // Whoever is empty at the deadline may settle after it.
    if (one.estimate.kind !== 'about' || one.estimate.ms - settleMs <= drainTimeoutMs) continue;
    const { ms } = one.estimate;
    if (ms > (slowest.get(one.service)?.ms ?? 0)) slowest.set(one.service, { ...one, ms });
  }
  return [...slowest.values()].map(({ service, server, ms }) => ({
    severity: 'warning',
    code: 'drain-timeout-short',
    service,
    message: `${server} is expected to need about ${inMinutes(ms)} after the ramp to become empty, longer than --drain-timeout ${formatDuration(drainTimeoutMs)}`,
    next: `give --drain-timeout ${roundedUp(2 * ms)}`,
  }));
}

/** Formats a time from two minutes on in whole minutes: an estimate is not good to the second. */
const inMinutes = (ms: number): string =>
  ms < 120_000 ? formatDuration(Math.ceil(ms / 1_000) * 1_000) : roundedUp(ms);

/** Formats a time rounded up to the next whole minute. */
const roundedUp = (ms: number): string => formatDuration(Math.ceil(ms / 60_000) * 60_000);
