import type { ServerKey, ServiceKey } from '../src/domain/address.ts';
import { formatSections } from '../src/ipvs/ipvsadm-format.ts';
import type { PlainServer } from '../src/ipvs/listing.ts';

/** `ipvsadm -Ln` of so many real servers, no two of them alike, twenty in each virtual service. */
export function longListing(servers: number): string {
  const services = Array.from({ length: Math.ceil(servers / 20) }, (_, index) => {
    const address = `10.${index >> 8}.${index & 255}.100`;
    return {
      key: `tcp/${address}:80` as ServiceKey,
      address: { kind: 'address', protocol: 'tcp', address, port: 80 } as const,
      scheduler: 'wrr',
      schedulerFlags: [],
      onePacket: false,
      servers: Array.from({ length: Math.min(20, servers - 20 * index) }, (_, at) =>
        realServer(20 * index + at),
      ),
    };
  });
  const version = { ipvs: '1.2.1', connectionTableSize: 4_096 };
  // As it comes from a process: one piece, not the pieces that it was put together from.
  return Buffer.from(formatSections([{ kind: 'plain', version, services }])).toString('utf8');
}

function realServer(n: number): PlainServer {
  const address = `172.${16 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
  return {
    key: `${address}:8080` as ServerKey,
    forwarding: 'masq',
    weight: 100,
    activeConn: (7 * n) % 1_000,
    inActConn: (13 * n) % 5_000,
  };
}
