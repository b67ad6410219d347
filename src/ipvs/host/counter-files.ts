import type { Conntrack, HostCounters, Slab, Softnet } from '../../domain/ipvs/host-counters.ts';
import type { TrafficTotals } from '../../domain/ipvs/measurement.ts';

const statsFile = 'net/ip_vs_stats';
const softnetFile = 'net/softnet_stat';
const conntrackFile = 'net/stat/nf_conntrack';
const conntrackCountFile = 'sys/net/netfilter/nf_conntrack_count';
const conntrackMaxFile = 'sys/net/netfilter/nf_conntrack_max';
const slabFile = 'slabinfo';
const sysctlFolder = 'sys/net/ipv4/vs';
const sysctlNames = ['drop_entry', 'drop_packet', 'secure_tcp'];

/** The files to read, below /proc. */
export const counterFiles: readonly string[] = [
  statsFile,
  softnetFile,
  conntrackFile,
  conntrackCountFile,
  conntrackMaxFile,
  slabFile,
  ...sysctlNames.map((name) => `${sysctlFolder}/${name}`),
];

/** Makes sense of `counterFiles` by name; a file that is missing or reads otherwise is left out. */
export function countersOfFiles(files: ReadonlyMap<string, string>): HostCounters {
  const traffic = parseStats(files.get(statsFile));
  const softnet = parseSoftnet(files.get(softnetFile));
  const conntrack = parseConntrack(files);
  const connectionSlab = parseSlab(files.get(slabFile));
  const sysctls = sysctlNames.flatMap((name): readonly (readonly [string, number])[] => {
    const value = decimal(files.get(`${sysctlFolder}/${name}`));
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...(traffic && { traffic }),
    ...(softnet && { softnet }),
    ...(conntrack && { conntrack }),
    ...(connectionSlab && { connectionSlab }),
    sysctls: new Map(sysctls),
  };
}

/** The third line, in hexadecimal: `     B65    11C0     1123            8F2D1            90A7C`. */
function parseStats(text: string | undefined): TrafficTotals | undefined {
  const [connections, inPackets, outPackets, inBytes, outBytes] = hexWords(linesOf(text)[2]);
  if (connections === undefined || inPackets === undefined || outPackets === undefined)
    return undefined;
  if (inBytes === undefined || outBytes === undefined) return undefined;
  return { connections, inPackets, outPackets, inBytes, outBytes };
}

/** A line for each processor, in hexadecimal: processed, dropped, squeezed, and more in newer kernels. */
function parseSoftnet(text: string | undefined): Softnet | undefined {
  const rows = linesOf(text).map(hexWords);
  if (rows.length === 0 || rows.some((row) => row.length < 3)) return undefined;
  const column = (index: number) => sum(rows.map((row) => row[index] ?? 0));
  return { processed: column(0), dropped: column(1), timeSqueezed: column(2) };
}

/** Names in the first line, and a line for each processor in hexadecimal. Which columns there are differs. */
function parseConntrack(files: ReadonlyMap<string, string>): Conntrack | undefined {
  const [heading = '', ...lines] = linesOf(files.get(conntrackFile));
  const names = heading.trim().split(/\s+/);
  const rows = lines.map(hexWords);
  const total = (name: string): number | undefined => {
    const index = names.indexOf(name);
    return index < 0 || rows.length === 0 ? undefined : sum(rows.map((row) => row[index] ?? 0));
  };
  const entries = decimal(files.get(conntrackCountFile));
  const maxEntries = decimal(files.get(conntrackMaxFile));
  const dropped = total('drop');
  const insertFailed = total('insert_failed');
  const earlyDropped = total('early_drop');
  const found = {
    ...(entries === undefined ? {} : { entries }),
    ...(maxEntries === undefined ? {} : { maxEntries }),
    ...(dropped === undefined ? {} : { dropped }),
    ...(insertFailed === undefined ? {} : { insertFailed }),
    ...(earlyDropped === undefined ? {} : { earlyDropped }),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}

/** `ip_vs_conn  12  28  288  14  1 : tunables ...`: active, all, bytes each. Merged caches have no line. */
function parseSlab(text: string | undefined): Slab | undefined {
  const found = /^ip_vs_conn +(\d+) +(\d+) +(\d+) /m.exec(text ?? '');
  if (!found) return undefined;
  const [, active, all, bytes] = found;
  return { activeObjects: Number(active), objects: Number(all), objectBytes: Number(bytes) };
}

const linesOf = (text = ''): readonly string[] =>
  text.split('\n').filter((line) => line.trim() !== '');

/** The hexadecimal words of a line; none at all where one of the words is no number. */
function hexWords(line = ''): readonly number[] {
  const words = line.trim().split(/\s+/);
  return words.every((word) => /^[0-9a-f]{1,16}$/i.test(word))
    ? words.map((word) => Number.parseInt(word, 16))
    : [];
}

function decimal(text: string | undefined): number | undefined {
  const found = text?.trim() ?? '';
  return /^-?\d{1,15}$/.test(found) ? Number(found) : undefined;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
