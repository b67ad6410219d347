import {
  type ClientRequest,
  type IncomingMessage,
  request as plainRequest,
  STATUS_CODES,
} from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { bounded, describeNetworkError } from './network-failure.ts';
import { onAbort } from './on-abort.ts';
import { waitedSince } from './waited.ts';

export interface TlsSettings {
  readonly insecure: boolean;
  /** Certificates in PEM. */
  readonly ca?: string;
  readonly serverName?: string;
}

export interface HttpGet {
  readonly url: URL;
  readonly host?: string;
  /** The Authorization header, which nobody but the server gets to see. */
  readonly authorization?: string;
  readonly tls: TlsSettings;
  /** How much of the body is wanted; with 0 the headers are the whole answer. */
  readonly bodyBytes: number;
}

export type HttpAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** `503 Service Unavailable`, in the server's own words. */
      readonly statusLine: string;
      readonly location?: string;
      readonly body: string;
      /** There was no more than this. */
      readonly isWholeBody: boolean;
    }
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * One GET on a connection of its own, straight to the URL's host: no pool, no proxy, no redirect.
 * Whatever the other end does, it is over when `signal` aborts, and nothing stays open after it.
 */
export function httpGet(get: HttpGet, signal: AbortSignal): Promise<HttpAnswer> {
  const begunMs = performance.now();
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ kind: 'failed', detail: 'given up before it was asked' });
      return;
    }
    let waitingFor = 'connection';
    const request = open(get);
    const settle = (answer: HttpAnswer): void => {
      forget();
      request.destroy();
      resolve(answer);
    };
    const failed = (error: unknown): void =>
      settle({ kind: 'failed', detail: describeNetworkError(error) });
    const giveUp = (): void =>
      settle({ kind: 'failed', detail: `no ${waitingFor} within ${waitedSince(begunMs)}` });

    const forget = onAbort(signal, giveUp);
    // Stays on after the end: an error that comes later must not be thrown.
    request.on('error', failed);
    request.on('close', () => failed(new Error('socket hang up')));
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        waitingFor = get.url.protocol === 'https:' ? 'TLS handshake' : 'answer';
      });
      socket.once('secureConnect', () => {
        waitingFor = 'answer';
      });
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      settle(answerOf(response, '', true));
    });
    request.on('response', (response) => {
      response.on('error', failed);
      if (get.bodyBytes === 0) {
        settle(answerOf(response, '', false));
        return;
      }
      waitingFor = 'end of the body';
      collectBody(response, get.bodyBytes, (body, isWhole) =>
        settle(answerOf(response, body, isWhole)),
      );
    });
    request.end();
  });
}

function open({ url, host, authorization, tls }: HttpGet): ClientRequest {
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
  const address = withoutBrackets(url.hostname);
  const nameToProve = tls.serverName ?? withoutBrackets(withoutPort(host ?? url.hostname));
  return send({
    agent: false,
    host: address,
    port: url.port,
    path: `${url.pathname}${url.search}`,
    setHost: false,
    maxHeaderSize: 16_384,
    headers: {
      Host: host ?? url.host,
      'User-Agent': 'drain',
      Accept: '*/*',
      'Accept-Encoding': 'identity',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    },
    rejectUnauthorized: !tls.insecure,
    // TLS knows no IP addresses as names to ask for, but a certificate may be for one.
    servername: isIP(nameToProve) === 0 ? nameToProve : '',
    checkServerIdentity: (_name, certificate) => checkServerIdentity(nameToProve, certificate),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
  });
}

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
const withoutPort = (host: string): string => host.replace(/^(\[.*\]|[^:]*):\d+$/, '$1');

function collectBody(
  response: IncomingMessage,
  mostBytes: number,
  done: (body: string, isWhole: boolean) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const text = (): string => Buffer.concat(chunks).subarray(0, mostBytes).toString();
  response.on('data', (chunk: Buffer) => {
    if (bytes > mostBytes) return;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) done(text(), false);
  });
  response.on('end', () => done(text(), true));
}

function answerOf(response: IncomingMessage, body: string, isWholeBody: boolean): HttpAnswer {
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  return {
    kind: 'answered',
    status,
    statusLine: bounded(
      `${status} ${response.statusMessage || (STATUS_CODES[status] ?? '')}`.trim(),
    ),
    body,
    isWholeBody,
    ...(location === undefined ? {} : { location: bounded(location) }),
  };
}
