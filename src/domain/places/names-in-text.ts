import { formatServerName, parseServerName, type ServerName } from '../address.ts';
import type { Failure } from '../failure.ts';
import { type NamesByServer, shownName } from './named-servers.ts';

/**
 * The names of those of the servers that somebody called by one; undefined where nobody did. A name that
 * stands for several, one on each port, is told with the port.
 */
export function namesOf(
  servers: readonly string[],
  called: readonly ServerName[],
): NamesByServer | undefined {
  const named = servers.flatMap((server): (readonly [string, string])[] => {
    const at = parseServerName(server);
    const found = called.find(
      ({ address, port = at?.port, called: name }) =>
        name !== undefined && address === at?.address && port === at.port,
    );
    return found?.called === undefined ? [] : [[server, shownName(found.called)]];
  });
  if (named.length === 0) return undefined;
  const isAlone = (name: string): boolean => named.filter(([, one]) => one === name).length === 1;
  return Object.fromEntries(
    named.map(([server, name]) => [
      server,
      isAlone(name) ? name : `${name}:${parseServerName(server)?.port}`,
    ]),
  );
}

/** The names of servers as they were written, with or without a port: for sentences from before there is a plan. */
export const writtenNames = (called: readonly ServerName[]): NamesByServer =>
  Object.fromEntries(
    called.flatMap(({ called: name, ...server }) =>
      name === undefined ? [] : [[formatServerName(server), shownName(name)]],
    ),
  );

/**
 * A sentence with its servers by name: of `10.0.0.2:80 is empty` it makes `web-2 (10.0.0.2:80) is empty`.
 * What has its name already stays as it is, and so do URLs and the words of a command, which is to be pasted.
 */
export function withNames(text: string, names: NamesByServer | undefined): string {
  let named = text;
  for (const [server, name] of Object.entries(names ?? {})) {
    const shown = shownName(name);
    named = named.replace(wholeServer(server), (found: string, at: number, all: string) =>
      all.slice(0, at).endsWith(`${shown} (`) ? found : `${shown} (${found})`,
    );
  }
  return named;
}

/** What happened, with servers by name; where and what to do next is for pasting. */
export const failureWithNames = (failure: Failure, names: NamesByServer | undefined): Failure => ({
  ...failure,
  what: withNames(failure.what, names),
});

/** A server that stands alone: no part of a longer address, of a URL, or of a command. */
function wholeServer(server: string): RegExp {
  const { address = server, port } = parseServerName(server) ?? {};
  const written = (text: string): string => text.replace(/[.[\]]/g, '\\$&');
  const own = written(formatServerName({ address, port }));
  const words = port === undefined ? `(?:\\[${own}\\]|${own})(?::\\d+)?` : own;
  const inCommand = '\\bdrain [a-z]+(?: [^ ;,]+)* |--[a-z-]+ ';
  return new RegExp(`(?<![^\\s("'])(?<!${inCommand})${words}(?![\\w/]|[.:]\\w)`, 'g');
}
