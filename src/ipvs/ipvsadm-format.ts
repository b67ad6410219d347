import { formatHostPort } from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { ConnectionEntry } from '../domain/ipvs/ipvs.ts';
import { formatSaved } from './format/saved.ts';
import { formatTable } from './format/table.ts';
import type { ConnectionsSection, Section, SyncDaemonSection } from './listing.ts';

export interface FormatOptions {
  /** `--exact`: no K, M, G and T in `--stats` and `--rate`. */
  readonly exact?: boolean;
}

/** Sections as `ipvsadm` 1.31 prints them, byte for byte: the inverse of `parseListings`. */
export function formatSections(
  sections: readonly Section[],
  { exact = false }: FormatOptions = {},
): string {
  return sections.map((section) => formatSection(section, exact)).join('');
}

function formatSection(section: Section, exact: boolean): string {
  switch (section.kind) {
    case 'saved':
      return formatSaved(section);
    case 'connections':
      return formatConnections(section);
    case 'timeouts': {
      const { tcpS, tcpFinS, udpS } = section.timeouts;
      return `Timeout (tcp tcpfin udp): ${tcpS} ${tcpFinS} ${udpS}\n`;
    }
    case 'sync-daemon':
      return formatSyncDaemon(section);
    case 'plain':
    case 'tun-info':
    case 'thresholds':
    case 'persistent-conn':
    case 'stats':
    case 'rate':
      return formatTable(section, exact);
    default:
      return assertNever(section);
  }
}

function formatConnections({ withEngineData, entries }: ConnectionsSection): string {
  const columns = `pro expire ${'state'.padEnd(11)} ${'source'.padEnd(18)} ${'virtual'.padEnd(18)}`;
  const titles = withEngineData
    ? `${columns} ${'destination'.padEnd(18)} ${'pe name'.padEnd(16)} pe_data`
    : `${columns} destination`;
  return `IPVS connection entries\n${titles}\n${entries.map(formatConnection).join('')}`;
}

function formatConnection(entry: ConnectionEntry): string {
  const { protocol, expiresS, state, client, virtual, server, engine } = entry;
  const words = [
    protocol.padEnd(3),
    expiry(expiresS).padEnd(6),
    state.padEnd(11),
    formatHostPort(client.address, client.port).padEnd(18),
    formatHostPort(virtual.address, virtual.port).padEnd(18),
  ];
  if (engine === undefined) return `${words.join(' ')} ${server}\n`;
  return `${words.join(' ')} ${server.padEnd(16)} ${engine.name.padEnd(18)} ${engine.data}\n`;
}

/** 86,398 seconds is `1439:58`, 7 is `00:07`. */
function expiry(seconds: number): string {
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return `${twoDigits(Math.floor(seconds / 60))}:${twoDigits(seconds % 60)}`;
}

function formatSyncDaemon(daemon: SyncDaemonSection): string {
  const { maxLength, group, port, ttl } = daemon;
  const settings = [`mcast=${daemon.interface}`, `syncid=${daemon.syncId}`];
  if (maxLength !== undefined) settings.push(`maxlen=${maxLength}`);
  if (group !== undefined) settings.push(`group=${group}`);
  if (port !== undefined) settings.push(`port=${port}`);
  if (ttl !== undefined) settings.push(`ttl=${ttl}`);
  return `${daemon.role} sync daemon (${settings.join(', ')})\n`;
}
