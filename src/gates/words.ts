import { assertNever } from '../domain/assert-never.ts';
import { formatDuration } from '../domain/duration.ts';
import type { NetworkError } from '../http/network-error.ts';

/** Room for a sentence; the other end may write as much as it likes. */
const mostCharacters = 300;

/** A text from outside, bounded; showing it safely is the reporters' part. */
export const bounded = (text: string): string =>
  text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;

/** A network error in a few words: `connect ECONNREFUSED 10.0.0.2:80`. */
export function describeNetworkError(error: NetworkError): string {
  switch (error.kind) {
    case 'headers-too-large':
      return 'its headers are larger than 16 kB';
    case 'not-http':
      return `it does not speak HTTP (${bounded(error.message)})`;
    case 'closed':
      return 'it closed the connection before its answer was complete';
    case 'tls':
      return `no TLS handshake: ${bounded(error.reason)}`;
    case 'network':
      return bounded(error.message);
    default:
      return assertNever(error);
  }
}

/**
 * The time that an answer was waited for, as coarse as people count: 2,003 ms is `2s`, 1,260 `1.3s`,
 * 214 `210ms`. The limit itself belongs to the caller, who may also have had other reasons.
 */
export function waitedSince(begunMs: number): string {
  const ms = performance.now() - begunMs;
  const unitMs = ms >= 1_000 ? 100 : 10;
  return formatDuration(Math.round(ms / unitMs) * unitMs);
}
