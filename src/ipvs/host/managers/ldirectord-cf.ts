import { parseServerName, type ServiceKey, serviceKey } from '../../../domain/address.ts';

/**
 * The services of ldirectord.cf: `virtual=10.0.1.100:80`, `virtual6=[fd00::1]:80`, `virtual=7` for a
 * firewall mark. Undefined where one is named by a host or service name.
 */
export function ldirectordServices(text: string): readonly ServiceKey[] | undefined {
  const found: ServiceKey[] = [];
  for (const block of text.split(/^(?=virtual6?\s*=)/m)) {
    const [, named] = /^virtual6?\s*=\s*(\S+)/.exec(block) ?? [];
    if (named === undefined) continue;
    const [, asked] = /^\s+protocol\s*=\s*"?(\w+)/m.exec(block) ?? [];
    const services = servicesNamed(named.replaceAll('"', ''), asked);
    if (!services) return undefined;
    found.push(...services);
  }
  return found;
}

function servicesNamed(
  named: string,
  asked: string | undefined,
): readonly ServiceKey[] | undefined {
  if (/^\d+$/.test(named)) {
    const mark = Number(named);
    return ([4, 6] as const).map((family) => serviceKey({ kind: 'fwmark', mark, family }));
  }
  const { address, port } = parseServerName(named) ?? {};
  if (address === undefined || port === undefined) return undefined;
  const protocol = asked ?? (port === 53 ? 'udp' : 'tcp');
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined;
  return [serviceKey({ kind: 'address', protocol, address, port })];
}
