import type { ServiceKey } from '../../domain/address.ts';
import type { Snapshot } from '../../domain/ipvs/ipvs.ts';

/** TIME_WAIT in ip_vs_proto_tcp.c; `ipvsadm --set` does not change it. */
const timeWaitS = 120;

/**
 * New connections a second of a service, or `undefined` when the table does not tell.
 *
 * `--rate` is the kernel's estimate (ip_vs_est.c) in whole numbers, and always 0 when
 * net.ipv4.vs.run_estimation is 0. Where it says 0, the connections that are over tell more: a TCP
 * one stays for 120 s, so 60 of them are one every two seconds. Where even those are missing there
 * is no traffic to measure.
 */
export function estimateRate(
  snapshot: Pick<Snapshot, 'connectionsPerSecond' | 'samples' | 'timeouts'>,
  service: ServiceKey,
): number | undefined {
  const measured = snapshot.connectionsPerSecond?.get(service) ?? 0;
  if (measured > 0) return measured;
  const lingerS = service.startsWith('udp/') ? snapshot.timeouts.udpS : timeWaitS;
  const servers = snapshot.samples.get(service)?.servers.values() ?? [];
  let lingering = 0;
  for (const server of servers) lingering += server.inActConn;
  return lingering > 0 && lingerS > 0 ? lingering / lingerS : undefined;
}
