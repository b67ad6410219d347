import type { ServiceAddress } from '../../domain/address.ts';
import type { ServerMeasurement } from '../../domain/ipvs/measurement.ts';
import type { Labels } from './family.ts';

/**
 * node_exporter's labels of a real server, letter for letter, as its `ipvs` collector makes them of
 * /proc/net/ip_vs: a mark in eight hexadecimal digits and without an address, addresses as Go writes
 * them. SCTP is `SCTP`, where node_exporter counts such servers to the service before.
 */
export function nodeLabels(
  service: ServiceAddress,
  { address, port }: Pick<ServerMeasurement, 'address' | 'port'>,
): Labels {
  const remote = { remote_address: goAddress(address), remote_port: String(port) };
  if (service.kind === 'fwmark') {
    return {
      local_address: '',
      local_port: '0',
      ...remote,
      proto: 'FWM',
      local_mark: service.mark.toString(16).toUpperCase().padStart(8, '0'),
    };
  }
  return {
    local_address: goAddress(service.address),
    local_port: String(service.port),
    ...remote,
    proto: service.protocol.toUpperCase(),
    local_mark: '',
  };
}

/**
 * Go's net.IP.String: as inet_ntop(3) writes it, but `::ffff:10.0.0.1` is `10.0.0.1` and `::10.0.0.1`
 * is `::a00:1`.
 */
function goAddress(address: string): string {
  const [, prefix, ...bytes] = /^(::|::ffff:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address) ?? [];
  if (prefix === undefined) return address;
  if (prefix === '::ffff:') return bytes.join('.');
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  const [high, low] = [a * 256 + b, c * 256 + d].map((word) => word.toString(16));
  return `::${high}:${low}`;
}
