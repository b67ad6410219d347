import { isIPv4, isIPv6 as matchesIPv6 } from 'node:net';

/** `tcp/10.0.0.100:80`, `udp/[2001:db8::1]:53`, `fwm/7`, `fwm6/7`: how users and events name a service. */
export type ServiceKey = string & { readonly __key: 'service' };

/** `10.0.0.1:80` or `[2001:db8::1]:80`: how users and events name a real server. */
export type ServerKey = string & { readonly __key: 'server' };

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** The match of a virtual service: address and port, or a firewall mark (ipvsadm(8) -t -u -f). */
export type ServiceAddress =
  | {
      readonly kind: 'address';
      readonly protocol: Protocol;
      readonly address: string;
      readonly port: number;
    }
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: 4 | 6 };

/** `[2001:db8::1]:80` for IPv6, `10.0.0.1:80` for IPv4. */
export function formatHostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function serverKey(address: string, port: number): ServerKey {
  return formatHostPort(address, port) as ServerKey;
}

/** The inverse of `serverKey`. */
export function splitServerKey(key: ServerKey): {
  readonly address: string;
  readonly port: number;
} {
  const colon = key.lastIndexOf(':');
  const address = key.startsWith('[') ? key.slice(1, colon - 1) : key.slice(0, colon);
  return { address, port: Number(key.slice(colon + 1)) };
}

export function serviceKey(service: ServiceAddress): ServiceKey {
  if (service.kind === 'fwmark') {
    return `${service.family === 6 ? 'fwm6' : 'fwm'}/${service.mark}` as ServiceKey;
  }
  return `${service.protocol}/${formatHostPort(service.address, service.port)}` as ServiceKey;
}

/** A whole number in 0...65535, written in decimal digits only; `undefined` for anything else. */
export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65535 ? port : undefined;
}

/**
 * The one spelling of an IP address, as inet_ntop(3) prints it, so that `2001:DB8:0::1` and
 * `2001:db8::1` are the same server. `undefined` when the text is no address; a zone (`%eth0`) is none.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return formatIPv6Words(ipv6Words(text));
}

/** Asks Node's pattern only about texts that may be one: to compile it takes milliseconds. */
const isIPv6 = (text: string): boolean =>
  text.indexOf(':') !== text.lastIndexOf(':') && matchesIPv6(text);

/** The eight words of an IPv6 address: `fd00::1` is `[0xfd00, 0, 0, 0, 0, 0, 0, 1]`. */
export function ipv6Words(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = dotted
    ? `${dotted[1]}${hexPair(dotted[2], dotted[3])}:${hexPair(dotted[4], dotted[5])}`
    : text;
  const [head = '', tail] = hex.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  if (tail === undefined) return words(head);
  const before = words(head);
  const after = words(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const hexPair = (high: string | undefined, low: string | undefined): string =>
  (Number(high) * 256 + Number(low)).toString(16);

/** glibc's rules: the first longest run of two or more zero words becomes `::`, mapped IPv4 stays dotted. */
function formatIPv6Words(words: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (const start of words.keys()) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const ipv4Tail =
    best.start === 0 && (best.length === 6 || (best.length === 5 && words[5] === 0xffff));
  const hex = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':');
  if (ipv4Tail) {
    const [a = 0, b = 0] = words.slice(6);
    const dotted = `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
    return best.length === 6 ? `::${dotted}` : `::ffff:${dotted}`;
  }
  if (best.start < 0) return hex(words);
  return `${hex(words.slice(0, best.start))}::${hex(words.slice(best.start + best.length))}`;
}

/** A server as the user wrote it: without a port it stands for the address on every port. */
export interface ServerName {
  readonly address: string;
  readonly port?: number | undefined;
  /** The word that stood for the address: of a container, a host, or a name of the config file. */
  readonly called?: string | undefined;
}

/**
 * `10.0.0.1`, `10.0.0.1:8080`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
 * `undefined` when it is no IP address: a host name or a group must be resolved first.
 */
export function parseServerName(text: string): ServerName | undefined {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (!bracketed && isIPv6(text)) return withAddress(text, undefined);
  const [, address = '', port] = bracketed ?? /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  if (bracketed ? !isIPv6(address) : !isIPv4(address)) return undefined;
  return withAddress(address, port);
}

function withAddress(text: string, portText: string | undefined): ServerName | undefined {
  const address = canonicalAddress(text);
  if (address === undefined) return undefined;
  if (portText === undefined) return { address };
  const port = parsePort(portText);
  return port === undefined ? undefined : { address, port };
}

/** The inverse of `parseServerName`. */
export function formatServerName(name: ServerName): string {
  if (name.port !== undefined) return formatHostPort(name.address, name.port);
  return name.address;
}

/** The inverse of `serviceKey`: `tcp/10.0.0.100:80`, `fwm/7`; `undefined` for anything else. */
export function parseServiceKey(text: string): ServiceAddress | undefined {
  const [, kind = '', rest = ''] = /^([a-z0-9]+)\/(.+)$/.exec(text) ?? [];
  if (kind === 'fwm' || kind === 'fwm6') {
    if (!/^\d{1,10}$/.test(rest)) return undefined;
    const mark = Number(rest);
    if (mark < 1 || mark > 0xffffffff) return undefined;
    return { kind: 'fwmark', mark, family: kind === 'fwm6' ? 6 : 4 };
  }
  if (kind !== 'tcp' && kind !== 'udp' && kind !== 'sctp') return undefined;
  const server = parseServerName(rest);
  if (server?.port === undefined) return undefined;
  return { kind: 'address', protocol: kind, address: server.address, port: server.port };
}

/** Whether only this machine can reach a host: `127.0.0.1`, `127.1.2.3`, `::1`, `localhost`. */
export const isLoopback = (host: string): boolean =>
  isIPv4(host) ? host.startsWith('127.') : host === '::1' || host.toLowerCase() === 'localhost';
