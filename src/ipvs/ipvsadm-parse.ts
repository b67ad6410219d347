import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { ConnectionEntry } from '../domain/ipvs/ipvs.ts';
import { printable } from '../domain/printable.ts';
import type { Section, UnreadLine, VersionLine } from './listing.ts';
import { takeConnection } from './parse/connection.ts';
import { Cursor } from './parse/cursor.ts';
import { parseSyncDaemon, parseTimeouts, parseVersionLine } from './parse/one-line-sections.ts';
import type { Problem } from './parse/problem.ts';
import { type OpenSaved, openSaved, takeServerLine, takeServiceLine } from './parse/saved.ts';
import {
  closeTable,
  type OpenTable,
  openTable,
  takeServerRow,
  takeServiceRow,
} from './parse/table.ts';

/**
 * The output of one `ipvsadm` process: any number of numeric (`-n`) listings, one after another,
 * told apart by their headings. Every line is understood or the whole is a failure that quotes it
 * with its number; of the connections, which are those of every service of the machine, a line that
 * is not understood is kept as it is. A text that does not end with a newline was cut off, and is a failure too.
 *
 * `parseListings('Timeout (tcp tcpfin udp): 900 120 300\n')` is one section of kind `timeouts`.
 */
export function parseListings(text: string): Result<readonly Section[]> {
  const state: State = { sections: [], open: undefined, version: undefined };
  const cursor = new Cursor(text);
  while (cursor.nextLine()) {
    const problem = readLine(cursor, state);
    if (problem !== undefined) return unreadable(cursor, problem);
  }
  if (text !== '' && cursor.isCutOff()) return unreadable(cursor, 'nothing follows it');
  if (state.version !== undefined) return unreadable(cursor, 'the listing ends before its heading');
  closeSection(state);
  return ok(state.sections);
}

interface State {
  readonly sections: Section[];
  open: OpenTable | OpenSaved | OpenConnections | undefined;
  /** The version line that was read, and waits for the titles that it belongs to. */
  version: VersionLine | undefined;
}

interface OpenConnections {
  readonly kind: 'connections';
  readonly withEngineData: boolean;
  readonly entries: ConnectionEntry[];
  readonly unread: UnreadLine[];
}

function unreadable(cursor: Cursor, found: Problem): Result<never> {
  const problem = cursor.isCutOff() ? 'the output ends in the middle of a line' : found;
  const { lineNumber } = cursor;
  return fail(unreadLine({ problem, line: cursor.line(), lineNumber }));
}

/** The failure of a line that is not understood. */
export const unreadLine = ({ problem, line, lineNumber }: UnreadLine): Failure => ({
  kind: 'director',
  what: `ipvsadm printed what drain cannot read: ${problem}: "${printable(line)}"`,
  where: `line ${lineNumber} of its output`,
  next: 'Run `ipvsadm -Ln` there by hand; if the line is genuine, report it with its listing.',
});

function readLine(cursor: Cursor, state: State): Problem | undefined {
  const problem = readWords(cursor, state);
  return problem ?? (cursor.atLineEnd() ? undefined : tooMany);
}

const tooMany = 'more columns than expected';

/** Reads a line; nearly every line of a long listing belongs to the section that is open. */
function readWords(cursor: Cursor, state: State): Problem | undefined {
  const { open } = state;
  if (open?.kind === 'table' && cursor.takes('->')) return takeServerRow(cursor, open);
  if (open?.kind === 'saved' && cursor.takes('-a')) return takeServerLine(cursor, open);
  if (!cursor.toWord()) return undefined;
  if (sectionStarts.some((start) => cursor.startsWith(start))) {
    return readSectionStart(cursor, state);
  }
  if (open?.kind === 'table') return takeServiceRow(cursor, open);
  if (open?.kind === 'connections') return readConnection(cursor, open);
  return 'expected the heading of a listing';
}

const sectionStarts = [
  '-A ',
  'Prot ',
  'IP Virtual Server ',
  'IPVS connection entries',
  'Timeout ',
  'master sync daemon ',
  'backup sync daemon ',
];

function readSectionStart(cursor: Cursor, state: State): Problem | undefined {
  if (state.version !== undefined && !cursor.startsWith('Prot ')) {
    return 'expected the heading of a table';
  }
  if (cursor.takes('-A')) {
    const saved = state.open?.kind === 'saved' ? state.open : openSection(state, openSaved());
    return takeServiceLine(cursor, saved);
  }
  closeSection(state);
  if (cursor.startsWith('IP ')) return readVersion(cursor, state);
  if (cursor.startsWith('IPVS ')) return startConnections(cursor, state);
  if (cursor.startsWith('Prot ')) return startTable(cursor, state);
  const section = cursor.startsWith('Timeout ')
    ? parseTimeouts(cursor.takeLine())
    : parseSyncDaemon(cursor.takeLine());
  if (typeof section === 'string') return section;
  state.sections.push(section);
  return undefined;
}

function readVersion(cursor: Cursor, state: State): Problem | undefined {
  const line = parseVersionLine(cursor.takeLine());
  if (typeof line === 'string') return line;
  state.version = line;
  return undefined;
}

function startTable(cursor: Cursor, state: State): Problem | undefined {
  const table = openTable(cursor, state.version);
  state.version = undefined;
  if (typeof table === 'string') return table;
  openSection(state, table);
  return undefined;
}

function startConnections(cursor: Cursor, state: State): Problem | undefined {
  cursor.takeLine();
  if (!cursor.nextLine()) return 'the listing ends inside its heading';
  const match = connectionTitle.exec(cursor.takeLine());
  if (!match) return 'unknown columns';
  const withEngineData = match[1] !== undefined;
  openSection(state, { kind: 'connections', withEngineData, entries: [], unread: [] });
  return undefined;
}

const connectionTitle =
  /^pro\s+expire\s+state\s+source\s+virtual\s+destination(\s+pe name\s+pe_data)?\s*$/;

function readConnection(cursor: Cursor, open: OpenConnections): Problem | undefined {
  const entry = takeConnection(cursor, open.withEngineData);
  const problem = typeof entry === 'string' ? entry : undefined;
  if (typeof entry !== 'string' && cursor.atLineEnd()) {
    open.entries.push(entry);
    return undefined;
  }
  const { lineNumber } = cursor;
  open.unread.push({ line: cursor.takeLine(), lineNumber, problem: problem ?? tooMany });
  // A line without its end is a listing that was cut off.
  return cursor.isCutOff() ? (problem ?? tooMany) : undefined;
}

function openSection<Opened extends NonNullable<State['open']>>(
  state: State,
  opened: Opened,
): Opened {
  closeSection(state);
  state.open = opened;
  return opened;
}

function closeSection(state: State): void {
  const { open } = state;
  state.open = undefined;
  if (open === undefined) return;
  if (open.kind === 'table') state.sections.push(closeTable(open));
  else if (open.kind === 'saved') state.sections.push({ kind: open.kind, services: open.services });
  else state.sections.push({ ...open, unread: open.unread.length > 0 ? open.unread : undefined });
}
