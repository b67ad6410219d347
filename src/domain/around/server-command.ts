import { formatServerName, type ServerName } from '../address.ts';
import { type CommandWords, fillWords } from '../command-words.ts';
import { formatDuration } from '../duration.ts';
import type { NamesByServer } from '../places/named-servers.ts';

/** A command for one server, ready to be started: no shell, no standard input. */
export interface ServerCommand {
  readonly words: CommandWords;
  /** Variables on top of the environment that drain itself was started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Text before every line of its output, where several commands run at once: `[10.0.0.1:80] `. */
  readonly prefix?: string;
  /** The stream of the command's standard output; its standard error always goes to ours. */
  readonly outTo: 'stdout' | 'stderr';
  readonly timeoutMs?: number;
}

/** A process, and when it started, which tells a number that was used again: proc(5), stat, field 22. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
}

export type ServerCommandEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  | { readonly kind: 'not-started'; readonly message: string };

export const hasPassed = (end: ServerCommandEnd): boolean =>
  end.kind === 'exited' && end.exitCode === 0;

/** Describes an end; not fit for a terminal as it is: a message comes from outside. */
export function describeEnd(end: ServerCommandEnd): string {
  switch (end.kind) {
    case 'exited':
      return `exit code ${end.exitCode}`;
    case 'killed':
      return `killed by ${end.signal}`;
    case 'timed-out':
      return `not ended within ${formatDuration(end.afterMs)}, and killed`;
    case 'not-started':
      return `it cannot be run: ${end.message}`;
  }
}

/**
 * COMMAND for one server: `{server}`, `{address}`, `{port}` and `{container}` become its own, wherever they
 * stand in a word. Any other brace is the operator's. `undefined` where a port is wanted and there is not one.
 */
export const wordsFor = (words: CommandWords, server: AroundServer): CommandWords | undefined =>
  fillWords(words, {
    server: serverText(server),
    address: server.address,
    port: server.port?.toString(),
    ...(server.container === undefined ? {} : { container: server.container }),
  });

/** The environment of a command. Batches count from 1; `DRAIN_PORT` is empty without a port. */
export const environmentFor = (
  server: AroundServer,
  about: { readonly around: string; readonly batch: number; readonly of: number },
): Readonly<Record<string, string>> => ({
  DRAIN_ROLLOUT: about.around,
  DRAIN_SERVER: serverText(server),
  DRAIN_ADDRESS: server.address,
  DRAIN_PORT: server.port?.toString() ?? '',
  DRAIN_BATCH: String(about.batch),
  DRAIN_BATCHES: String(about.of),
});

/** A server that a command is run for, once however many services and ports it has in the table. */
export interface AroundServer {
  readonly address: string;
  /** The server as it was named: what is taken out and brought back in. */
  readonly name: ServerName;
  /** The server's port, where it has one and only one. */
  readonly port?: number;
  /** The name of the server's container, where the command has a use for it. */
  readonly container?: string;
}

/** The names by which servers were called, for sentences. */
export const namesOfServers = (servers: readonly AroundServer[]): NamesByServer =>
  Object.fromEntries(
    servers.flatMap((server) =>
      server.name.called === undefined ? [] : [[serverText(server), server.name.called]],
    ),
  );

/** `10.0.0.1:80` where it has one port, else `10.0.0.1`. */
export const serverText = ({ address, port }: AroundServer): string =>
  formatServerName({ address, port });
