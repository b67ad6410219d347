import { STATUS_CODES } from 'node:http';
import { exchange, type HttpAnswer, type HttpFailure, type TlsSettings } from '../http/exchange.ts';
import { bounded, describeNetworkError, waitedSince } from './words.ts';

export interface HttpGet {
  readonly url: URL;
  /** The Host header, where it is another than the URL's. */
  readonly host?: string | undefined;
  /** The Authorization header, which nobody but the server gets to see. */
  readonly authorization?: string | undefined;
  readonly tls?: TlsSettings | undefined;
  /** The wanted length of the body; with 0 the headers are the whole answer. */
  readonly mostBodyBytes: number;
}

/** Makes one GET on a connection of its own; a failure is in the words of a gate. */
export async function httpGet(
  { authorization, ...get }: HttpGet,
  signal: AbortSignal,
): Promise<HttpAnswer | { readonly kind: 'failed'; readonly detail: string }> {
  const begunMs = performance.now();
  const headers = {
    'User-Agent': 'drain',
    Accept: '*/*',
    'Accept-Encoding': 'identity',
    ...(authorization === undefined ? {} : { Authorization: authorization }),
  };
  const answer = await exchange({ ...get, headers }, { signal });
  return answer.kind === 'answered'
    ? answer
    : { kind: 'failed', detail: detailOf(answer, begunMs) };
}

function detailOf(failure: HttpFailure, begunMs: number): string {
  if (!('waitingFor' in failure)) return describeNetworkError(failure);
  return failure.waitingFor === 'not-begun'
    ? 'given up before it was asked'
    : `no ${awaited[failure.waitingFor]} within ${waitedSince(begunMs)}`;
}

const awaited = {
  connection: 'connection',
  'tls-handshake': 'TLS handshake',
  answer: 'answer',
  body: 'end of the body',
} as const;

/** The status line, `503 Service Unavailable`, in the server's own words. */
export const statusLine = ({ status, statusMessage }: HttpAnswer): string =>
  bounded(`${status} ${statusMessage || (STATUS_CODES[status] ?? '')}`.trim());
