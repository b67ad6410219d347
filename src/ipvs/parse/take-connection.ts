import type { ServerKey } from '../../domain/address.ts';
import type { ConnectionEntry } from '../../domain/ipvs.ts';
import type { LineCursor } from './line-cursor.ts';
import { takeServerAddress } from './take-server-row.ts';
import type { Problem } from './take-service.ts';

const colon = 58;

/**
 * `TCP 14:55  ESTABLISHED 10.0.1.2:48710 10.0.1.100:80 10.0.2.11:8080`, and with `--persistent-conn`
 * perhaps a persistence engine and its data. The cursor is on the first word.
 */
export function takeConnection(
  cursor: LineCursor,
  withEngineData: boolean,
): ConnectionEntry | Problem {
  const protocol = cursor.word();
  if (!/^[A-Z]\w{0,14}$/i.test(protocol)) return 'expected a protocol';
  const expiresS = takeExpiry(cursor);
  if (expiresS < 0) return 'expected the expiry as MINUTES:SECONDS';
  const state = cursor.takeWord();
  if (!/^[A-Z][A-Z0-9_!]{0,15}$/.test(state)) return 'expected the state of a connection';
  const client = takeServerAddress(cursor);
  if (typeof client === 'string') return client;
  const virtual = takeServerAddress(cursor);
  if (typeof virtual === 'string') return virtual;
  const server = takeServerAddress(cursor);
  if (typeof server === 'string') return server;
  const entry = {
    protocol,
    expiresS,
    state,
    client: { address: client.address, port: client.port },
    virtual: { address: virtual.address, port: virtual.port },
    server: server.key as ServerKey,
  };
  if (!withEngineData || !cursor.nextWord()) return entry;
  const name = cursor.word();
  const data = cursor.takeWord();
  return data === ''
    ? 'the data of the persistence engine is missing'
    : { ...entry, engine: { name, data } };
}

/** `1439:58` is 86,398 seconds; -1 when it is none. */
function takeExpiry(cursor: LineCursor): number {
  if (!cursor.nextWord()) return -1;
  const { text, start, end } = cursor;
  const secondsAt = end - 2;
  if (secondsAt - 1 <= start || text.charCodeAt(secondsAt - 1) !== colon) return -1;
  const minutes = cursor.uintOf(start, secondsAt - 1);
  const seconds = cursor.uintOf(secondsAt, end);
  return minutes < 0 || seconds < 0 || seconds > 59 ? -1 : minutes * 60 + seconds;
}
