import type { Failure } from '../../domain/failure.ts';
import type { ConnectionTable, RealServer, VirtualService } from '../../domain/ipvs/ipvs.ts';
import { unreadLine } from '../ipvsadm-parse.ts';
import type { UnreadLine } from '../listing.ts';
import type { Listing } from '../run-lines.ts';

export const connectionTable = ({ sections, timeouts }: Listing): ConnectionTable => ({
  entries: sections.flatMap((section) => (section.kind === 'connections' ? section.entries : [])),
  timeouts,
});

/**
 * The failure of a line that drain cannot read and that may be a connection of these services. The
 * lines of all others are the business of nobody who waits for these.
 */
export function unreadConnection(
  { sections }: Listing,
  services: readonly VirtualService[],
): Failure | undefined {
  const unread = sections.flatMap((section) =>
    section.kind === 'connections' ? (section.unread ?? []) : [],
  );
  const found = unread.find((line) => services.some((service) => mayBelongTo(service, line)));
  return found && unreadLine(found);
}

/**
 * Tells whether a line may be of a connection of this service: it names one of its servers, and no
 * protocol of another service.
 */
function mayBelongTo({ address, servers }: VirtualService, { line }: UnreadLine): boolean {
  const words = line.trim().split(/\s+/);
  const [protocol = ''] = words;
  const isOther =
    address.kind === 'address' &&
    ['TCP', 'UDP', 'SCTP'].includes(protocol) &&
    protocol !== address.protocol.toUpperCase();
  return !isOther && servers.some((server) => words.some((word) => names(word, server)));
}

/** A server with port 0 takes connections on every port of its address. */
const names = (word: string, { key, port }: RealServer): boolean =>
  port === 0 ? word.startsWith(key.slice(0, key.lastIndexOf(':') + 1)) : word === key;
