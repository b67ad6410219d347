import { assertNever } from '../../domain/assert-never.ts';
import type { Cursor } from './cursor.ts';
import type { Column } from './scan.ts';

/** What is wrong with a line, as text. */
export type Problem = string;

/** Why the next words are not what the columns of a line say, of which this one is the first. */
export function problemWith(column: Column, cursor: Cursor): Problem {
  switch (column) {
    case 'place':
      if (!cursor.toWord()) return 'the address of the real server is missing';
      return notNumeric(cursor.peekWord());
    case 'forwarding':
      return 'expected Masq, Route or Tunnel';
    case 'tunnel':
      return 'unknown TunnelInfo';
    case 'uint':
      return 'expected a whole number in each column';
    case 'counter':
      return 'expected five numbers';
    default:
      return assertNever(column);
  }
}

/** The usual reason for a word that is no `ADDRESS:PORT`: `-n` was forgotten, and it is `web1:http`. */
export function notNumeric(word: string): Problem {
  if (/^[\w.-]+:[\w.-]+$/.test(word) || /^\[[0-9a-f:.]+\]:[\w.-]+$/i.test(word)) {
    return 'expected a numeric ADDRESS:PORT: the listing was made without -n';
  }
  return 'expected ADDRESS:PORT';
}

/** Takes the `ADDRESS:PORT` of a real server, or tells what stands there instead. */
export function takeServer(cursor: Cursor): Problem | undefined {
  const wrong = cursor.takeColumns(place);
  return wrong === undefined ? undefined : problemWith(wrong, cursor);
}

const place: readonly Column[] = ['place'];
