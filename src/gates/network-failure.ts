/** Room for a sentence; whoever is at the other end may write as much as he likes. */
const mostCharacters = 300;

/** A text from outside, bounded; showing it safely is the reporters' part. */
export const bounded = (text: string): string =>
  text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;

/** An error of a socket, TLS or the HTTP parser in a few words: `connect ECONNREFUSED 10.0.0.2:80`. */
export function describeNetworkError(error: unknown): string {
  // A host name with several addresses, none of which answered.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return bounded(String(first));
  const { code = '', message } = first as NodeJS.ErrnoException;
  if (code === 'HPE_HEADER_OVERFLOW') return 'its headers are larger than 16 kB';
  if (code.startsWith('HPE_')) return `it does not speak HTTP (${bounded(message)})`;
  if (message === 'socket hang up' || message === 'aborted') {
    return 'it closed the connection before its answer was complete';
  }
  // OpenSSL's own words are between a number, a function and a source file of it.
  const [, reason] = /:SSL routines:[^:]*:([^:]+):/.exec(message) ?? [];
  if (reason !== undefined) return `no TLS handshake: ${bounded(reason)}`;
  return bounded(message.split('\n')[0] ?? '');
}
