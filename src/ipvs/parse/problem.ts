import { assertNever } from '../../domain/assert-never.ts';
import type { Cursor } from './cursor.ts';
import type { Column } from './scan.ts';

/** A description of what is wrong with a line. */
export type Problem = string;

/** The reason why the next words do not fit the columns of which `column` is the first. */
export function problemWith(column: Column, cursor: Cursor): Problem {
  switch (column) {
    case 'place':
      if (!cursor.toWord()) return 'the address of the real server is missing';
      return notNumeric(cursor.peekWord());
    case 'forwarding':
      return 'expected Masq, Route, Tunnel or Local';
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

/** The problem of a word that is no `ADDRESS:PORT`: usually `-n` was forgotten (`web1:http`). */
export function notNumeric(word: string): Problem {
  if (/^[\w.-]+:[\w.-]+$/.test(word) || /^\[[0-9a-f:.]+\]:[\w.-]+$/i.test(word)) {
    return 'expected a numeric ADDRESS:PORT: the listing was made without -n';
  }
  return 'expected ADDRESS:PORT';
}

/** Takes the `ADDRESS:PORT` of a real server, or returns what is wrong with the words there. */
export function takeServer(cursor: Cursor): Problem | undefined {
  const wrong = cursor.takeColumns(place);
  return wrong === undefined ? undefined : problemWith(wrong, cursor);
}

const place: readonly Column[] = ['place'];
