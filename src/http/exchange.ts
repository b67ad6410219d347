import {
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  Agent as PlainAgent,
  globalAgent as plainGlobalAgent,
  request as plainRequest,
} from 'node:http';
import {
  Agent as TlsAgent,
  globalAgent as tlsGlobalAgent,
  request as tlsRequest,
} from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { onAbort } from '../clock/on-abort.ts';
import { type NetworkError, networkError } from './network-error.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly method?: 'GET' | 'POST';
  /** A socket of this machine instead of the host and port of the URL. */
  readonly socketPath?: string | undefined;
  /** The Host header, where it is another than the URL's. */
  readonly host?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls?: TlsSettings | undefined;
  /** The wanted length of the answer's body; with 0 the headers are the whole answer. */
  readonly mostBodyBytes: number;
  /** Connections to share; without them the exchange has one of its own, past every proxy. */
  readonly connections?: Connections | undefined;
}

export interface TlsSettings {
  /** Believes any certificate. */
  readonly insecure?: boolean | undefined;
  /** Certificates to trust, in PEM. */
  readonly ca?: string | undefined;
  /** The certificate and the key that this end proves itself with, in PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the other end has to prove; by default that of the Host header. */
  readonly serverName?: string | undefined;
}

export interface ExchangeLimits {
  readonly signal?: AbortSignal | undefined;
  /** The time for all of the exchange, from the connection to the end of the body. */
  readonly timeoutMs?: number | undefined;
}

export interface HttpAnswer {
  readonly kind: 'answered';
  readonly status: number;
  /** The reason phrase in the server's own words; may be empty. */
  readonly statusMessage: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** True when the body has no more than this. */
  readonly isWholeBody: boolean;
}

/** The stage that an exchange got to. */
export type ExchangeStage = 'not-begun' | 'connection' | 'tls-handshake' | 'answer' | 'body';

export type HttpFailure =
  | { readonly kind: 'aborted' | 'timed-out'; readonly waitingFor: ExchangeStage }
  | NetworkError;

/**
 * Makes one request and returns its answer; no redirect is followed. Never rejects. Whatever the
 * other end does, an exchange is over when its signal aborts or its time is up, and nothing of it
 * stays open but a shared connection on which the whole answer came.
 */
export function exchange(
  request: HttpRequest,
  { signal, timeoutMs }: ExchangeLimits,
): Promise<HttpAnswer | HttpFailure> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve({ kind: 'aborted', waitingFor: 'not-begun' });
      return;
    }
    let waitingFor: ExchangeStage = 'connection';
    let isSettled = false;
    const sent = open(request);
    const settle = (end: HttpAnswer | HttpFailure): void => {
      if (isSettled) return;
      isSettled = true;
      forget?.();
      clearTimeout(timer);
      // A shared connection is free again once its answer has ended.
      if (!request.connections || end.kind !== 'answered' || !end.isWholeBody) sent.destroy();
      resolve(end);
    };
    const failed = (error: unknown): void => settle(networkError(error));
    const forget = signal && onAbort(signal, () => settle({ kind: 'aborted', waitingFor }));
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => settle({ kind: 'timed-out', waitingFor }), timeoutMs);

    // Stays on after the end: an error that comes later must not be thrown.
    sent.on('error', failed);
    sent.on('close', () => failed(new Error('socket hang up')));
    sent.on('socket', (socket) => {
      if (!socket.connecting) {
        waitingFor = 'answer';
        return;
      }
      socket.once('connect', () => {
        waitingFor = request.url.protocol === 'https:' ? 'tls-handshake' : 'answer';
      });
      socket.once('secureConnect', () => {
        waitingFor = 'answer';
      });
    });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      settle(answerOf(response, '', true));
    });
    sent.on('response', (response) => {
      response.on('error', failed);
      if (request.mostBodyBytes === 0) {
        settle(answerOf(response, '', false));
        return;
      }
      waitingFor = 'body';
      collectBody(response, request.mostBodyBytes, (body, isWhole) =>
        settle(answerOf(response, body, isWhole)),
      );
    });
    sent.end(request.body);
  });
}

/** Connections that several exchanges use one after another. */
export interface Connections {
  readonly plain: Agent;
  readonly tls: Agent;
}

/** Connections of node's own, by way of a proxy where `NODE_USE_ENV_PROXY` asks for one. */
export const usualConnections: Connections = { plain: plainGlobalAgent, tls: tlsGlobalAgent };

/** Connections of one client, which stay open between its exchanges: at most so many at a time. */
export function keptConnections(most: number): Connections {
  const kept = { keepAlive: true, maxSockets: most };
  return { plain: new PlainAgent(kept), tls: new TlsAgent(kept) };
}

function open({
  url,
  method = 'GET',
  host,
  socketPath,
  headers,
  body,
  tls,
  connections,
}: HttpRequest): ClientRequest {
  const isTls = url.protocol === 'https:';
  const nameToProve = tls?.serverName ?? withoutBrackets(withoutPort(host ?? url.hostname));
  const send = isTls ? tlsRequest : plainRequest;
  return send({
    agent: (isTls ? connections?.tls : connections?.plain) ?? false,
    method,
    ...(socketPath === undefined
      ? { host: withoutBrackets(url.hostname), port: url.port }
      : { socketPath }),
    path: `${url.pathname}${url.search}`,
    setHost: false,
    maxHeaderSize: 16_384,
    headers: {
      Host: host ?? url.host,
      ...headers,
      ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    },
    rejectUnauthorized: tls?.insecure !== true,
    // TLS knows no IP addresses as names to ask for, but a certificate may be for one.
    servername: isIP(nameToProve) === 0 ? nameToProve : '',
    checkServerIdentity: (_name, certificate) => checkServerIdentity(nameToProve, certificate),
    ca: tls?.ca,
    cert: tls?.cert,
    key: tls?.key,
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

const answerOf = (response: IncomingMessage, body: string, isWholeBody: boolean): HttpAnswer => ({
  kind: 'answered',
  status: response.statusCode ?? 0,
  statusMessage: response.statusMessage ?? '',
  headers: response.headers,
  body,
  isWholeBody,
});
