import type { ConnectionEntry } from '../../domain/ipvs.ts';
import { addressOf } from './host-port.ts';
import type { LineCursor } from './line-cursor.ts';
import { takeHostPort, takeListedServer } from './take-server-row.ts';
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
  const client = takeEndpoint(cursor);
  if (typeof client === 'string') return client;
  const virtual = takeEndpoint(cursor);
  if (typeof virtual === 'string') return virtual;
  const server = takeListedServer(cursor);
  if (typeof server === 'string') return server;
  const entry = {
    protocol,
    expiresS,
    state,
    client,
    virtual,
    server: server.key,
  };
  if (!withEngineData || !cursor.nextWord()) return entry;
  const name = cursor.word();
  const data = cursor.takeWord();
  return data === ''
    ? 'the data of the persistence engine is missing'
    : { ...entry, engine: { name, data } };
}

function takeEndpoint(cursor: LineCursor): ConnectionEntry['client'] | Problem {
  const portAt = takeHostPort(cursor);
  if (typeof portAt === 'string') return portAt;
  const { text, start, end } = cursor;
  return { address: addressOf(text, start, portAt), port: cursor.uintOf(portAt, end) };
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
