import type { SavedSection, SavedServer, ServiceHeading } from '../listing.ts';
import type { LineCursor } from './line-cursor.ts';
import { takeSavedAttributes } from './take-heading.ts';
import { takeSavedServer } from './take-saved-server.ts';
import { type Problem, takeSavedService } from './take-service.ts';

/** The output of `ipvsadm -Sn` while its lines are still coming. */
export interface OpenSaved {
  readonly kind: 'saved';
  readonly services: (ServiceHeading & { readonly servers: SavedServer[] })[];
  /** The last service as its line spells it: `-t 10.0.1.100:80`. */
  spelling: string;
}

export const openSaved = (): OpenSaved => ({ kind: 'saved', services: [], spelling: '' });

/** An `-A` line, or an `-a` line of the service before it. The cursor is on the first word. */
export function readSavedLine(cursor: LineCursor, saved: OpenSaved): Problem | undefined {
  return cursor.is('-A') ? readService(cursor, saved) : readServer(cursor, saved);
}

function readService(cursor: LineCursor, saved: OpenSaved): Problem | undefined {
  if (!cursor.nextWord()) return 'expected a virtual service after -A';
  const spelledAt = cursor.start;
  const name = takeSavedService(cursor);
  if (typeof name === 'string') return name;
  saved.spelling = cursor.text.slice(spelledAt, cursor.end);
  const heading = takeSavedAttributes(cursor, name);
  if (typeof heading === 'string') return heading;
  saved.services.push({ ...heading, servers: [] });
  return undefined;
}

function readServer(cursor: LineCursor, saved: OpenSaved): Problem | undefined {
  const service = saved.services.at(-1);
  const spelledAt = cursor.end + 1;
  if (service === undefined || !cursor.codesAre(saved.spelling, spelledAt)) {
    return 'a real server of another virtual service than the one before it';
  }
  // What follows must be a blank, so that the rest begins with a word of its own.
  cursor.end = spelledAt + saved.spelling.length;
  if (cursor.codes[cursor.end] !== 32) return 'expected -r after the virtual service';
  const server = takeSavedServer(cursor);
  if (typeof server === 'string') return server;
  service.servers.push(server);
  return undefined;
}

export const closeSaved = ({ services }: OpenSaved): SavedSection => ({ kind: 'saved', services });
