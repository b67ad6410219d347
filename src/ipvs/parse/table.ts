import type { ServerKey } from '../../domain/address.ts';
import type {
  PersistentConnServer,
  PlainServer,
  RateServer,
  ServiceName,
  StatsServer,
  TableSection,
  ThresholdsServer,
  TunInfoServer,
  VersionLine,
} from '../listing.ts';
import type { Cursor } from './cursor.ts';
import { type Problem, problemWith } from './problem.ts';
import type { Column, Scanned } from './scan.ts';
import {
  type LastAttributes,
  serviceOf,
  takeListedAttributes,
  takeListedService,
} from './service.ts';

/** A table as its title announces it. */
interface TableKind {
  readonly kind: TableSection['kind'];
  /** The two title lines, blanks squeezed. */
  readonly title: string;
  /** The words after a virtual service: scheduler and flags, or the same columns as in a row. */
  readonly services: 'attributes' | 'counters';
  readonly columns: readonly Column[];
  readonly make: (key: ServerKey, scanned: Scanned) => object;
}

const fiveCounters: readonly Column[] = ['counter', 'counter', 'counter', 'counter', 'counter'];
const bare = '-> RemoteAddress:Port';

const tableKinds: readonly TableKind[] = [
  {
    kind: 'plain',
    title: `Prot LocalAddress:Port Scheduler Flags\n${bare} Forward Weight ActiveConn InActConn`,
    services: 'attributes',
    columns: ['place', 'forwarding', 'uint', 'uint', 'uint'],
    make: (key, { forwarding, numbers }): PlainServer => ({
      key,
      forwarding,
      weight: numbers[0] ?? 0,
      activeConn: numbers[1] ?? 0,
      inActConn: numbers[2] ?? 0,
    }),
  },
  {
    kind: 'tun-info',
    title: `Prot LocalAddress:Port Scheduler Flags\n${bare} Forward TunnelInfo Weight ActiveConn InActConn`,
    services: 'attributes',
    columns: ['place', 'forwarding', 'tunnel', 'uint', 'uint', 'uint'],
    make: (key, { forwarding, tunnel, numbers }): TunInfoServer => ({
      key,
      forwarding,
      ...(tunnel && { tunnel }),
      weight: numbers[0] ?? 0,
      activeConn: numbers[1] ?? 0,
      inActConn: numbers[2] ?? 0,
    }),
  },
  {
    kind: 'thresholds',
    title: `Prot LocalAddress:Port Uthreshold Lthreshold ActiveConn InActConn\n${bare}`,
    services: 'attributes',
    columns: ['place', 'uint', 'uint', 'uint', 'uint'],
    make: (key, { numbers }): ThresholdsServer => ({
      key,
      upperThreshold: numbers[0] ?? 0,
      lowerThreshold: numbers[1] ?? 0,
      activeConn: numbers[2] ?? 0,
      inActConn: numbers[3] ?? 0,
    }),
  },
  {
    kind: 'persistent-conn',
    title: `Prot LocalAddress:Port Weight PersistConn ActiveConn InActConn\n${bare}`,
    services: 'attributes',
    columns: ['place', 'uint', 'uint', 'uint', 'uint'],
    make: (key, { numbers }): PersistentConnServer => ({
      key,
      weight: numbers[0] ?? 0,
      persistConn: numbers[1] ?? 0,
      activeConn: numbers[2] ?? 0,
      inActConn: numbers[3] ?? 0,
    }),
  },
  {
    kind: 'stats',
    title: `Prot LocalAddress:Port Conns InPkts OutPkts InBytes OutBytes\n${bare}`,
    services: 'counters',
    columns: ['place', ...fiveCounters],
    make: (key, { numbers }): StatsServer => ({
      key,
      connections: numbers[0] ?? 0,
      inPackets: numbers[1] ?? 0,
      outPackets: numbers[2] ?? 0,
      inBytes: numbers[3] ?? 0,
      outBytes: numbers[4] ?? 0,
    }),
  },
  {
    kind: 'rate',
    title: `Prot LocalAddress:Port CPS InPPS OutPPS InBPS OutBPS\n${bare}`,
    services: 'counters',
    columns: ['place', ...fiveCounters],
    make: (key, { numbers }): RateServer => ({
      key,
      connectionsPerS: numbers[0] ?? 0,
      inPacketsPerS: numbers[1] ?? 0,
      outPacketsPerS: numbers[2] ?? 0,
      inBytesPerS: numbers[3] ?? 0,
      outBytesPerS: numbers[4] ?? 0,
    }),
  },
];

const kindsByTitle = new Map(tableKinds.map((kind) => [kind.title, kind]));

/** A table whose lines are still coming. */
export interface OpenTable {
  readonly kind: 'table';
  readonly of: TableKind;
  readonly version: VersionLine | undefined;
  readonly services: object[];
  readonly lastAttributes: LastAttributes;
  /** The real servers of the last service. */
  servers: object[] | undefined;
}

/** Takes the two title lines: the cursor is in the first. */
export function openTable(cursor: Cursor, version: VersionLine | undefined): OpenTable | Problem {
  const first = squeezed(cursor.takeLine());
  if (!cursor.nextLine()) return 'the listing ends inside its heading';
  const of = kindsByTitle.get(`${first}\n${squeezed(cursor.takeLine())}`);
  if (of === undefined) return 'unknown columns';
  const lastAttributes = { text: '', attributes: undefined };
  return { kind: 'table', of, version, services: [], lastAttributes, servers: undefined };
}

const squeezed = (line: string): string => line.trim().replace(/\s+/g, ' ');

export function closeTable({ of, version, services }: OpenTable): TableSection {
  // The title chose what reads the rows, so what was read is what the title stands for.
  const section = { kind: of.kind, ...(version && { version }), services };
  return section as unknown as TableSection;
}

/** Takes the rest of a row after `->`: `10.0.2.11:8080   Masq    90     7          5`. */
export function takeServerRow(cursor: Cursor, { servers, of }: OpenTable): Problem | undefined {
  if (servers === undefined) return 'a real server before any virtual service';
  const wrong = cursor.takeColumns(of.columns);
  if (wrong !== undefined) return problemWith(wrong, cursor);
  servers.push(of.make(cursor.place() as ServerKey, cursor.scanned));
  return undefined;
}

/** `TCP  10.0.1.100:80 wrr`, and in `ipvsadm -Ln --stats` `TCP  10.0.1.100:80   14  51  32  2764  1832`. */
export function takeServiceRow(cursor: Cursor, table: OpenTable): Problem | undefined {
  const name = takeListedService(cursor);
  if (typeof name === 'string') return name;
  const servers: object[] = [];
  const service = takeServiceRest(cursor, table, { name, servers });
  if (typeof service === 'string') return service;
  table.servers = servers;
  table.services.push(service);
  return undefined;
}

interface Begun {
  readonly name: ServiceName;
  readonly servers: object[];
}

function takeServiceRest(
  cursor: Cursor,
  { of, lastAttributes }: OpenTable,
  { name, servers }: Begun,
): object | Problem {
  if (of.services === 'counters') {
    const wrong = cursor.takeColumns(fiveCounters);
    if (wrong !== undefined) return problemWith(wrong, cursor);
    return { ...of.make('' as ServerKey, cursor.scanned), ...name, servers };
  }
  const attributes = takeListedAttributes(cursor, lastAttributes);
  if (typeof attributes === 'string') return attributes;
  return serviceOf(name, attributes, servers);
}
