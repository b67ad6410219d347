import type { TableSection, VersionLine } from '../listing.ts';
import type { LineCursor } from './line-cursor.ts';
import { scanRow } from './scan-row.ts';
import {
  takeRateHeading,
  takeRateServer,
  takeStatsHeading,
  takeStatsServer,
} from './take-counters.ts';
import { type LastAttributes, takeListedHeading } from './take-heading.ts';
import {
  takePersistentConnServer,
  takePlainServer,
  takeThresholdsServer,
  takeTunInfoServer,
} from './take-server-row.ts';
import type { Problem } from './take-service.ts';
import {
  type UsualRow,
  usualPersistentConnRow,
  usualPlainRow,
  usualRateRow,
  usualStatsRow,
  usualThresholdsRow,
} from './usual-rows.ts';

type TableKind = TableSection['kind'];

/** How the two kinds of lines of one table are read. */
interface Columns {
  readonly kind: TableKind;
  readonly takeHeading: (cursor: LineCursor, last: LastAttributes) => object | Problem;
  readonly takeServer: (cursor: LineCursor) => object | Problem;
  /** The same as `takeServer` for nearly every row, and much faster. */
  readonly usual?: UsualRow;
}

const withScheduler = 'Prot LocalAddress:Port Scheduler Flags';
const bare = '-> RemoteAddress:Port';

/** The two title lines, blanks squeezed, and the columns they announce. */
const columnsByTitle: ReadonlyMap<string, Columns> = new Map([
  [
    `${withScheduler}\n${bare} Forward Weight ActiveConn InActConn`,
    {
      kind: 'plain',
      takeHeading: takeListedHeading,
      takeServer: takePlainServer,
      usual: usualPlainRow,
    },
  ],
  [
    `${withScheduler}\n${bare} Forward TunnelInfo Weight ActiveConn InActConn`,
    { kind: 'tun-info', takeHeading: takeListedHeading, takeServer: takeTunInfoServer },
  ],
  [
    `Prot LocalAddress:Port Uthreshold Lthreshold ActiveConn InActConn\n${bare}`,
    {
      kind: 'thresholds',
      takeHeading: takeListedHeading,
      takeServer: takeThresholdsServer,
      usual: usualThresholdsRow,
    },
  ],
  [
    `Prot LocalAddress:Port Weight PersistConn ActiveConn InActConn\n${bare}`,
    {
      kind: 'persistent-conn',
      takeHeading: takeListedHeading,
      takeServer: takePersistentConnServer,
      usual: usualPersistentConnRow,
    },
  ],
  [
    `Prot LocalAddress:Port Conns InPkts OutPkts InBytes OutBytes\n${bare}`,
    {
      kind: 'stats',
      takeHeading: takeStatsHeading,
      takeServer: takeStatsServer,
      usual: usualStatsRow,
    },
  ],
  [
    `Prot LocalAddress:Port CPS InPPS OutPPS InBPS OutBPS\n${bare}`,
    { kind: 'rate', takeHeading: takeRateHeading, takeServer: takeRateServer, usual: usualRateRow },
  ],
]);

/** A table whose lines are still coming. */
export interface OpenTable {
  readonly kind: 'table';
  readonly columns: Columns;
  readonly version: VersionLine | undefined;
  readonly services: object[];
  readonly lastAttributes: LastAttributes;
  /** Of the last service. */
  servers: object[] | undefined;
}

/** The cursor is on the first title line, and moves to the second. */
export function openTable(
  cursor: LineCursor,
  version: VersionLine | undefined,
): OpenTable | Problem {
  const first = squeezed(cursor.line());
  if (!cursor.nextLine()) return 'the listing ends inside its heading';
  const columns = columnsByTitle.get(`${first}\n${squeezed(cursor.line())}`);
  if (columns === undefined) return 'unknown columns';
  return { kind: 'table', columns, version, services: [], lastAttributes: {}, servers: undefined };
}

const squeezed = (line: string): string => line.trim().replace(/\s+/g, ' ');

/** A line of a table: `->` and a real server, or a virtual service. The cursor is on the first word. */
export function readTableLine(cursor: LineCursor, table: OpenTable): Problem | undefined {
  const problem = cursor.is('->') ? readServer(cursor, table) : readService(cursor, table);
  return problem ?? (cursor.atLineEnd() ? undefined : 'more columns than expected');
}

function readServer(cursor: LineCursor, table: OpenTable): Problem | undefined {
  if (table.servers === undefined) return 'a real server before any virtual service';
  const server = table.columns.takeServer(cursor);
  if (typeof server === 'string') return server;
  table.servers.push(server);
  return undefined;
}

/** The real servers on the lines that follow, up to the first that is not as usual. */
export function readUsualRows(cursor: LineCursor, { servers, columns }: OpenTable): void {
  const { usual } = columns;
  if (servers === undefined || usual === undefined) return;
  const { shape, scanned, make } = usual;
  while (scanRow(cursor.codes, cursor.lineEnd + 1, shape, scanned)) {
    servers.push(make(cursor.text, scanned));
    cursor.passLine(scanned.lineEnd);
  }
}

function readService(cursor: LineCursor, table: OpenTable): Problem | undefined {
  const heading = table.columns.takeHeading(cursor, table.lastAttributes);
  if (typeof heading === 'string') return heading;
  table.servers = [];
  table.services.push({ ...heading, servers: table.servers });
  return undefined;
}

export function closeTable({ columns, version, services }: OpenTable): TableSection {
  // The title chose both readers, so what they read is what the title stands for.
  const section = { kind: columns.kind, ...(version && { version }), services };
  return section as unknown as TableSection;
}
