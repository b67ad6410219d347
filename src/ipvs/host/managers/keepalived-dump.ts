import {
  canonicalAddress,
  type Protocol,
  parsePort,
  type ServerKey,
  type ServiceAddress,
  type ServiceKey,
  serverKey,
  serviceKey,
} from '../../../domain/address.ts';
import type {
  ManagedServer,
  ManagedService,
  TrackFile,
} from '../../../domain/ipvs/managed-service.ts';

/**
 * The services of `keepalived_check.data`, which keepalived(8) writes at SIGUSR1: after all includes, macros
 * and conditions, with the weights of its configuration and those that it has set. Undefined where the text is
 * not whole, or says something that this version of drain does not know.
 */
export function parseKeepalivedDump(
  text: string,
): ReadonlyMap<ServiceKey, ManagedService> | undefined {
  if (!text.includes('------< LVS Topology >------') || !text.endsWith('\n')) return undefined;
  const lines = text.split('\n');
  const paths = pathsOfFiles(lines);
  const groups = membersOfGroups(lines);
  const found = new Map<ServiceKey, ManagedService>();
  for (const block of blocksOf(lines, / ------< Virtual server >------$/)) {
    const services = servicesOf(block, groups);
    const quorum = numberIn(block, /^ {3}quorum = (\d+)/);
    const servers = new Map<ServerKey, ManagedServer>();
    for (const rows of blocksOf(block, /^ +------< Real server >------$/)) {
      const server = serverOf(rows, paths);
      if (!server) return undefined;
      servers.set(...server);
    }
    if (!services || quorum === undefined) return undefined;
    for (const service of services) found.set(service, { quorum, servers });
  }
  return found;
}

/** The lines after each heading up to the next of its kind, or to one that ends them all. */
function blocksOf(lines: readonly string[], heading: RegExp): readonly (readonly string[])[] {
  const blocks: string[][] = [];
  let isInside = false;
  for (const line of lines) {
    if (heading.test(line)) blocks.push([]);
    // `------< Health checkers >------`, with nothing before it.
    isInside = heading.test(line) || (isInside && !line.startsWith('------<'));
    if (isInside && !heading.test(line)) blocks.at(-1)?.push(line);
  }
  return blocks;
}

/** `VS VIP = 10.0.1.100, VPORT = 80`, `VS FWMARK = 7`, `VS GROUP = web`. */
function servicesOf(
  block: readonly string[],
  groups: ReadonlyMap<string, readonly Member[] | undefined>,
): readonly ServiceKey[] | undefined {
  const [head = ''] = block;
  const [, group] = /^ VS GROUP = (.+)$/.exec(head) ?? [];
  const one = memberOf(head.replace(/^ VS /, '   '));
  const members = group === undefined ? one && [one] : groups.get(group);
  const protocol = protocols[textIn(block, /^ {3}protocol = (\S+)/) ?? ''];
  const family = textIn(block, /^ {3}Address family = (\S+)/) === 'inet6' ? 6 : 4;
  const keys = (members ?? []).map((member): ServiceAddress | undefined => {
    if ('mark' in member) return { kind: 'fwmark', mark: member.mark, family };
    return protocol && { kind: 'address', protocol, ...member };
  });
  const known = keys.flatMap((key) => (key ? [serviceKey(key)] : []));
  return known.length === 0 || known.length < keys.length ? undefined : known;
}

const protocols: Readonly<Record<string, Protocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

type Member = { readonly address: string; readonly port: number } | { readonly mark: number };

/** Undefined for a group with a member that is not known, such as a range of addresses. */
function membersOfGroups(
  lines: readonly string[],
): ReadonlyMap<string, readonly Member[] | undefined> {
  const groups = new Map<string, readonly Member[] | undefined>();
  let name: string | undefined;
  for (const line of lines) {
    const [, group] = /^ Virtual Server Group = (.+?)(?:, IPv4 = .*)?$/.exec(line) ?? [];
    if (group !== undefined) groups.set(group, []);
    name = group ?? (/------</.test(line) ? undefined : name);
    if (name === undefined || !/^ {3}\S.* = /.test(line) || /^ {3}reloaded/.test(line)) continue;
    const member = memberOf(line);
    const before = groups.get(name);
    if (group === undefined && !/^ {5}/.test(line)) {
      groups.set(name, member && before ? [...before, member] : undefined);
    }
  }
  return groups;
}

function memberOf(line: string): Member | undefined {
  const [, mark] = /^ {3}FWMARK = (\d+)$/.exec(line) ?? [];
  if (mark !== undefined) return { mark: Number(mark) };
  const [, ip = '', vport = ''] = /^ {3}VIP = (\S+), VPORT = (\d+)$/.exec(line) ?? [];
  const address = canonicalAddress(ip);
  const port = parsePort(vport);
  return address === undefined || port === undefined ? undefined : { address, port };
}

function serverOf(
  rows: readonly string[],
  paths: ReadonlyMap<string, string>,
): readonly [ServerKey, ManagedServer] | undefined {
  const [head = ''] = rows;
  const [, ip = '', rport = ''] = /^ +RIP = (\S+), RPORT = (\d+),/.exec(head) ?? [];
  const address = canonicalAddress(ip);
  const initialWeight = numberIn(rows, /^ +initial weight = (\d+)$/);
  const effectiveWeight = numberIn(rows, /^ +effective weight = (-?\d+)$/);
  const alive = numberIn(rows, /^ +alive = (\d)$/);
  if (address === undefined || rport === '' || initialWeight === undefined) return undefined;
  if (effectiveWeight === undefined || alive === undefined) return undefined;
  const tracked = rows.slice(rows.findIndex((row) => /^ +Tracked Files$/.test(row)) + 1);
  const isTracking = tracked.length < rows.length;
  return [
    serverKey(address, Number(rport)),
    {
      initialWeight,
      effectiveWeight: Math.max(0, effectiveWeight),
      isAlive: alive === 1,
      isInhibited: rows.some((row) => /^ +Inhibit on failure is ON$/.test(row)),
      trackFiles: isTracking ? tracked.flatMap((row) => trackFileOf(row, paths)) : [],
    },
  ];
}

/** `     t1, weight 1`, `     t1, weight 1 reverse`. */
function trackFileOf(row: string, paths: ReadonlyMap<string, string>): readonly TrackFile[] {
  const [, name, factor, reverse] = /^ +(\S+), weight (-?\d+)( reverse)?$/.exec(row) ?? [];
  if (name === undefined || factor === undefined) return [];
  const path = paths.get(name);
  return [
    { name, ...(path === undefined ? {} : { path }), factor: Number(factor) * (reverse ? -1 : 1) },
  ];
}

/** The path of each `Track file = t1`. */
function pathsOfFiles(lines: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const [, name] = /^ Track file = (\S+)$/.exec(line) ?? [];
    const [, path] = /^ +File = (\/.+)$/.exec(lines[index + 1] ?? '') ?? [];
    if (name !== undefined && path !== undefined) paths.set(name, path);
  }
  return paths;
}

const textIn = (lines: readonly string[], pattern: RegExp): string | undefined =>
  lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);

function numberIn(lines: readonly string[], pattern: RegExp): number | undefined {
  const text = textIn(lines, pattern);
  return text === undefined ? undefined : Number(text);
}
