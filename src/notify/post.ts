import { STATUS_CODES } from 'node:http';
import { printable } from '../domain/printable.ts';
import {
  type ExchangeLimits,
  exchange,
  type HttpAnswer,
  type HttpFailure,
  usualConnections,
} from '../http/exchange.ts';
import { parseRetryAfter } from './retry.ts';

/** The outcome of one request. */
export type PostAnswer =
  | { readonly kind: 'accepted' }
  /** A failure that may be otherwise next time. */
  | { readonly kind: 'failed'; readonly detail: string; readonly notBeforeMs?: number | undefined }
  /** A refusal that the same request would get again. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** A 410: the receiver wants no more notices. */
  | { readonly kind: 'gone'; readonly detail: string };

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The statuses Request Timeout, Too Early, Too Many Requests. */
const passing: readonly number[] = [408, 425, 429];

/** Posts JSON once. No redirect is followed: a notice goes where the config says, or nowhere. */
export async function post(
  { url, headers, body }: Post,
  nowMs: number,
  limits: ExchangeLimits,
): Promise<PostAnswer> {
  const target = new URL(url);
  if (blockedPorts.has(Number(target.port))) {
    return { kind: 'refused', detail: 'the fetch standard lets no request go to this port' };
  }
  const answer = await exchange(
    {
      url: target,
      method: 'POST',
      headers: {
        Accept: '*/*',
        'Content-Type': 'application/json',
        'User-Agent': 'drain',
        ...headers,
      },
      body,
      // Nothing it says beyond the status is of use.
      mostBodyBytes: 0,
      connections: usualConnections,
    },
    limits,
  );
  return answer.kind === 'answered'
    ? judge(answer, nowMs)
    : { kind: 'failed', detail: describe(answer) };
}

function judge({ status, headers }: HttpAnswer, nowMs: number): PostAnswer {
  // In our own words: what the receiver says may repeat what it was sent.
  const detail = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  if (status >= 200 && status <= 299) return { kind: 'accepted' };
  if (status === 410) return { kind: 'gone', detail };
  if (status >= 300 && status <= 399) {
    return { kind: 'refused', detail: `${detail}, which is not followed` };
  }
  if (status < 500 && !passing.includes(status)) return { kind: 'refused', detail };
  return {
    kind: 'failed',
    detail,
    notBeforeMs: parseRetryAfter(headers['retry-after'], nowMs),
  };
}

function describe(failure: HttpFailure): string {
  switch (failure.kind) {
    case 'aborted':
    case 'timed-out':
      return 'no answer in time';
    case 'closed':
      return 'other side closed';
    default:
      return printable(failure.message, 300);
  }
}

/**
 * Ports on which a request could be taken for something else, such as a mail
 * (https://fetch.spec.whatwg.org/#port-blocking).
 */
const blockedPorts: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
  103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465,
  512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993,
  995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
  6669, 6679, 6697, 10080,
]);
