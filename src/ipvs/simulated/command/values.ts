import { canonicalAddress } from '../../../domain/address.ts';
import { numberToDotted } from '../table/addresses.ts';

/** strtol(3) with nothing behind the number: `12`, ` 7` and `+8`, but not `1.5`, `0x10` or `7 `. */
export function parseNumber(text: string, min: number, max: number): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

/** atoi(3): `64abc` is 64, `abc` is 0. */
export function leadingNumber(text: string): number {
  const value = Number.parseInt(text, 10);
  return Number.isNaN(value) ? 0 : value;
}

/** An address and port as `-t` and `-r` take them; without a port it stands for the service's own. */
export interface HostPort {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port?: number;
}

/**
 * `parse_service` of ipvsadm.c: `10.0.0.1:80`, `10.0.0.1`, `[2001:db8::1]:80`, `2001:db8::1`, but
 * not `[2001:db8::1]`. The command would look names up; here a host or a port is a number.
 */
export function parseHostPort(text: string): HostPort | undefined {
  if (/^\d*$/.test(text)) return undefined;
  const [, bracketed, afterBracket] = /^\[([^\]]*)\](.*)$/s.exec(text) ?? [];
  if (text.startsWith('[') && !afterBracket?.startsWith(':')) return undefined;
  const host = bracketed ?? text;
  const v6 = host.includes(':') ? canonicalAddress(host) : undefined;
  if (v6 !== undefined) return withPort({ address: v6, family: 6 }, afterBracket?.slice(1));
  // The port of a bracketed IPv4 address gets lost, as it does in the original.
  const colon = host.lastIndexOf(':');
  const address = parseIPv4(colon < 0 ? host : host.slice(0, colon));
  if (address === undefined) return undefined;
  const found = { address: numberToDotted(address), family: 4 } as const;
  return withPort(found, colon < 0 ? undefined : host.slice(colon + 1));
}

function withPort(host: HostPort, text: string | undefined): HostPort | undefined {
  if (text === undefined) return host;
  const port = parseNumber(text, 0, 65_535);
  return port === undefined ? undefined : { ...host, port };
}

/** inet_aton(3): also `10.1` for 10.0.0.1, hexadecimal and octal numbers, and anything after a blank. */
export function parseIPv4(text: string): number | undefined {
  const parts = text.replace(/[ \t\n\v\f\r].*$/s, '').split('.');
  if (parts.length > 4) return undefined;
  const numbers = parts.map(parsePart);
  const last = numbers.pop();
  if (last === undefined || last >= 256 ** (5 - parts.length)) return undefined;
  let value = last;
  for (const [index, part] of numbers.entries()) {
    if (part === undefined || part > 255) return undefined;
    value += part * 256 ** (3 - index);
  }
  return value;
}

function parsePart(text: string): number | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}
