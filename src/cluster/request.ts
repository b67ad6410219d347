import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { networkError } from '../http/network-error.ts';
import type { ApiFailure, ApiResult } from '../kube/kube-ports.ts';
import { type Asked, answeredFailure, failureOf } from './api-failure.ts';

/** Where requests go, and what they prove themselves with; asked for each time, as tokens change. */
export interface Connection {
  readonly server: string;
  options(): Promise<RequestOptions>;
}

export interface ApiCall extends Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** With its query, `/api/v1/nodes?limit=500`. */
  readonly path: string;
  readonly body?: object | undefined;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The time for all of it; a client of the library waits for the rest of half a body for good. */
  readonly limitMs: number;
}

/** More than a page of 500 nodes with all their images. */
const mostBytes = 64 * 1024 * 1024;

/** Makes one request; the answer's body, or why there is none. Never rejects. */
export async function call(connection: Connection, asked: ApiCall): Promise<ApiResult<string>> {
  const ending = AbortSignal.timeout(asked.limitMs);
  const signal = asked.signal ? AbortSignal.any([asked.signal, ending]) : ending;
  try {
    const response = await opened(connection, asked, signal);
    const body = await bodyOf(response);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 200 && statusCode < 300) return { ok: true, value: body };
    const retryAfter = headers['retry-after'];
    return failed(answeredFailure(asked, { status: statusCode, body, retryAfter }));
  } catch (error) {
    return failed(brokenBy(error, asked, { ending, signal: asked.signal }));
  }
}

/** The answer to a request as soon as its headers are there; rejects where there is none. */
export async function opened(
  { server, options }: Connection,
  { method, path, body, contentType }: Omit<ApiCall, 'limitMs'>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { headers, ...rest } = await options();
  const url = new URL(`${server.replace(/\/$/, '')}${path}`);
  const request = url.protocol === 'http:' ? plainRequest : tlsRequest;
  return await new Promise((resolve, reject) => {
    const sent = request(url, {
      ...rest,
      ...{ method, signal },
      headers: {
        ...(headers as Record<string, string>),
        ...{ Accept: 'application/json', 'User-Agent': 'drain' },
        ...(text === undefined
          ? {}
          : {
              'Content-Type': contentType ?? 'application/json',
              'Content-Length': Buffer.byteLength(text),
            }),
      },
    });
    sent.on('response', resolve);
    // Stays on after the answer: an error that comes later must not be thrown.
    sent.on('error', reject);
    sent.end(text);
  });
}

/** The whole body; half of one rejects. */
export async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > mostBytes) {
      response.destroy();
      throw new TooLong(`the answer is longer than ${mostBytes} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export class TooLong extends Error {}

/** Why an exchange ended without an answer. */
export function brokenBy(
  error: unknown,
  asked: Asked,
  { ending, signal }: { readonly ending: AbortSignal; readonly signal?: AbortSignal | undefined },
): ApiFailure {
  if (signal?.aborted) return failureOf(asked, 'aborted', 'it was called off');
  if (ending.aborted) return failureOf(asked, 'timed-out', 'no whole answer came in time');
  if (error instanceof TooLong) return failureOf(asked, 'garbled', error.message);
  return failureOf(asked, 'unreachable', networkError(error).message);
}

export const failed = (
  failure: ApiFailure,
): { readonly ok: false; readonly failure: ApiFailure } => ({
  ok: false,
  failure,
});
