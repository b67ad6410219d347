import { STATUS_CODES } from 'node:http';
import { printable } from '../domain/printable.ts';
import { parseRetryAfter } from './retry.ts';

/** What became of one request. */
export type PostAnswer =
  | { readonly kind: 'accepted' }
  /** It may be otherwise next time. */
  | { readonly kind: 'failed'; readonly detail: string; readonly notBeforeMs?: number }
  /** The same request would get the same answer. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** 410: it wants no more of them. */
  | { readonly kind: 'gone'; readonly detail: string };

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Request Timeout, Too Early, Too Many Requests. */
const passing: readonly number[] = [408, 425, 429];

/** One POST of JSON. No redirect is followed: a notice goes where the config says, or nowhere. */
export async function post(
  { url, headers, body }: Post,
  nowMs: number,
  signal: AbortSignal,
): Promise<PostAnswer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal,
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'drain', ...headers },
    });
    // Nothing it says beyond the status is of use.
    answer.body?.cancel().catch(() => {});
    return judge(answer, nowMs);
  } catch (error) {
    if (signal.aborted) return { kind: 'failed', detail: 'no answer in time' };
    const detail = describe(error);
    return detail === 'bad port'
      ? { kind: 'refused', detail: 'the fetch standard lets no request go to this port' }
      : { kind: 'failed', detail };
  }
}

function judge({ status, headers }: Response, nowMs: number): PostAnswer {
  // In our own words: what the receiver says may repeat what it was sent.
  const detail = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  if (status >= 200 && status <= 299) return { kind: 'accepted' };
  if (status === 410) return { kind: 'gone', detail };
  if (status >= 300 && status <= 399) {
    return { kind: 'refused', detail: `${detail}, which is not followed` };
  }
  if (status < 500 && !passing.includes(status)) return { kind: 'refused', detail };
  const notBeforeMs = parseRetryAfter(headers.get('retry-after'), nowMs);
  return { kind: 'failed', detail, ...(notBeforeMs === undefined ? {} : { notBeforeMs }) };
}

/** Without the URL: `fetch failed` has what happened as its cause. */
function describe(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error
    ? printable(first.message.split('\n')[0] ?? '', 300)
    : 'the request failed';
}
