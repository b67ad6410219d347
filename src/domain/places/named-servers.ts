import { printable, shortList } from '../printable.ts';

/** Names that an operator wrote for servers, by server: `{"10.0.0.2:80": "web-2"}`. */
export type NamesByServer = Readonly<Record<string, string>>;

/** A name as it is kept and shown, whoever wrote it: one word among others, safe to show. */
export function shownName(name: string): string {
  const safe = printable(name, longestName);
  return safe.length > longestName ? `${safe.slice(0, longestName - 1)}…` : safe;
}

const longestName = 64;

/** `web-2`, or the server where nobody wrote a name for it: for tables and lists, below one that says both. */
export const shortName = (server: string, names: NamesByServer | undefined): string =>
  shownName(nameOf(server, names) ?? server);

/** `web-2 (10.0.0.2:80)`, or the server alone. */
export const fullName = (server: string, names: NamesByServer | undefined): string =>
  calledServer(server, nameOf(server, names));

/** `web-2 (10.0.0.2:80)`, or the server alone where nobody called it by a name. */
export const calledServer = (server: string, name: string | undefined): string =>
  name === undefined ? printable(server) : `${shownName(name)} (${printable(server)})`;

const nameOf = (server: string, names: NamesByServer = {}): string | undefined =>
  Object.hasOwn(names, server) ? names[server] : undefined;

/** Servers as a sentence lists them: `web-1 (10.0.0.1:80), 10.0.0.3:80`. */
export const fullNames = (servers: readonly string[], names: NamesByServer | undefined): string =>
  shortList(servers.map((server) => fullName(server, names)));
