import type { ServerKey } from '../../domain/address.ts';
import type { ConnectionEntry } from '../../domain/ipvs/ipvs.ts';
import type { Cursor } from './cursor.ts';
import { type Problem, takeServer } from './problem.ts';

/**
 * `TCP 14:55  ESTABLISHED 10.0.1.2:48710 10.0.1.100:80 10.0.2.11:8080`, and with `--persistent-conn`
 * perhaps a persistence engine and its data.
 */
export function takeConnection(cursor: Cursor, withEngineData: boolean): ConnectionEntry | Problem {
  const protocol = cursor.takeWord();
  if (!/^[A-Z]\w{0,14}$/i.test(protocol)) return 'expected a protocol';
  const expiresS = secondsOf(cursor.takeWord());
  if (expiresS === undefined) return 'expected the expiry as MINUTES:SECONDS';
  const state = cursor.takeWord();
  if (!stateWord.test(state)) return 'expected the state of a connection';
  const client = takeEndpoint(cursor);
  if (typeof client === 'string') return client;
  const virtual = takeEndpoint(cursor);
  if (typeof virtual === 'string') return virtual;
  const problem = takeServer(cursor);
  if (problem !== undefined) return problem;
  const server = cursor.place() as ServerKey;
  const entry = { protocol, expiresS, state, client, virtual, server };
  if (!withEngineData || !cursor.toWord()) return entry;
  const name = cursor.takeWord();
  const data = cursor.takeWord();
  return data === ''
    ? 'the data of the persistence engine is missing'
    : { ...entry, engine: { name, data } };
}

/** `ESTABLISHED`, SCTP's `S-RECEIVED`, and the kernel's `ERR!` and `?` for what has no name. */
const stateWord = /^(?:[A-Z][A-Z0-9_!+-]{0,31}|\?)$/;

function takeEndpoint(cursor: Cursor): ConnectionEntry['client'] | Problem {
  return takeServer(cursor) ?? { address: cursor.address(), port: cursor.scanned.port };
}

/** `1439:58` is 86,398 seconds; a timer that has run off just now is `00:-1`, and 0. */
function secondsOf(expiry: string): number | undefined {
  if (/^-?\d{1,10}:-\d{1,2}$/.test(expiry)) return 0;
  const [, minutes, seconds] = /^(\d{1,10}):([0-5]\d)$/.exec(expiry) ?? [];
  return seconds === undefined ? undefined : Number(minutes) * 60 + Number(seconds);
}
