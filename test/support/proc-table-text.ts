import { isIPv6 } from 'node:net';
import { parseServiceKey, splitServerKey } from '../../src/domain/address.ts';
import type { ServiceSample } from '../../src/domain/ipvs/ipvs.ts';

const heading = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`;

/** What /proc/net/ip_vs says of these services, whose flags follow the scheduler: `persistent 6000 FFFFFFFF`. */
export function procTableText(samples: readonly ServiceSample[], flags = ''): string {
  const lines = samples.flatMap(({ service, scheduler, servers }) => [
    `${placeOf(service)} ${scheduler} ${flags}`,
    ...[...servers].map(([key, { weight, activeConn, inActConn }]) => {
      const { address, port } = splitServerKey(key);
      const counts = [activeConn, inActConn].map((count) => String(count).padEnd(10)).join(' ');
      return `  -> ${hex(address, port)}      Masq    ${String(weight).padEnd(6)} ${counts}`;
    }),
  ]);
  return heading + lines.map((line) => `${line}\n`).join('');
}

function placeOf(service: ServiceSample['service']): string {
  const address = parseServiceKey(service);
  if (address?.kind === 'address') {
    return `${address.protocol.toUpperCase()}  ${hex(address.address, address.port)}`;
  }
  return `FWM  ${(address?.mark ?? 0).toString(16).toUpperCase().padStart(8, '0')}`;
}

/** By the URL parser's own reading of an address, which is not that of the project. */
function hex(address: string, port: number): string {
  const end = port.toString(16).toUpperCase().padStart(4, '0');
  if (!isIPv6(address)) {
    const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
    return `${bytes.join('').toUpperCase()}:${end}`;
  }
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const words = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const after = words(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - words(head).length - after.length;
  const all = [...words(head), ...Array<string>(zeros).fill('0'), ...after];
  return `[${all.map((word) => word.padStart(4, '0')).join(':')}]:${end}`;
}
