import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { formatHostPort } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { type Answer, headersOf, textAnswer } from './answers.ts';
import { type Connections, createConnections } from './connections.ts';
import { foreignName, type RequestPolicy, refusalOf } from './request-guard.ts';

export interface ListenOptions extends RequestPolicy {
  readonly port: number;
  readonly answer: (path: string) => Promise<Answer>;
  /** The certificate of the server; absent: plain HTTP. */
  readonly tls?: TlsOptions | undefined;
  /** Whoever answers what is under one path beside the others. */
  readonly api?: HttpApi | undefined;
}

/** Certificates in PEM. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** The authority whose certificates clients have to bring; absent: they need none. */
  readonly clientCa?: string | undefined;
}

/** An API that answers by itself what is under `/v1`. */
export interface HttpApi {
  /** Answers, whatever was asked; rejects only where that is a bug. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Whether whoever brings this header may read everything. */
  isReader(authorization: string | undefined): Promise<boolean>;
  /** Rejects where something that runs here has a bug; never resolves. */
  readonly broken: Promise<never>;
  /** Resolves when everything that runs here has come to its end. */
  close(): Promise<void>;
}

const isOfApi = (path: string): boolean => path === '/v1' || path.startsWith('/v1/');

export interface Listening {
  /** `http://127.0.0.1:9815`. */
  readonly url: string;
  /** Rejects when an answer could not be made, which is a bug; never resolves. */
  readonly broken: Promise<never>;
  /** Ends what is under way, and resolves when nothing is left. */
  close(): Promise<void>;
}

/** What there is to get wrong is bounded here, for the API as well; four routes that only read need no framework. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
};
const mostConnections = 256;
/** Requests of one connection at a time; nobody who reads a page or scrapes metrics has several. */
const mostAtOnce = 8;
/** A client that takes no more bytes for this long is gone. */
const silentMs = 30_000;

/** Begins to listen; a port that is taken or not ours is a failure. */
export function listen(options: ListenOptions): Promise<Result<Listening>> {
  let breakOff: (error: unknown) => void = () => {};
  const broken = new Promise<never>((_, reject) => {
    breakOff = reject;
  });
  const connections = createConnections({ most: mostConnections, mostAtOnce });
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (connections.begin(request.socket, response)) {
      reply(request, response, options).catch(breakOff);
    }
  };
  const server = createFor(options.tls, onRequest);
  if (!server.ok) return Promise.resolve(server);
  return listenWith(server.value, options, { broken, connections });
}
function listenWith(
  server: Server,
  { host, port, tls }: ListenOptions,
  { broken, connections }: { readonly broken: Promise<never>; readonly connections: Connections },
): Promise<Result<Listening>> {
  server.on(tls ? 'secureConnection' : 'connection', connections.add);
  server.maxHeadersCount = 64;
  server.setTimeout(silentMs);
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(fail(notListening(host, port, error)));
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      const url = `${tls ? 'https' : 'http'}://${formatHostPort(host, bound)}`;
      resolve(ok({ url, broken, close: () => close(server) }));
    });
  });
}

function createFor(
  tls: TlsOptions | undefined,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Result<Server> {
  if (!tls) return ok(createServer(limits, onRequest));
  const { cert, key, clientCa } = tls;
  const client = clientCa === undefined ? {} : { ca: clientCa, requestCert: true };
  try {
    const options = { ...limits, cert, key, ...client, minVersion: 'TLSv1.2' } as const;
    return ok(createTlsServer({ ...options, handshakeTimeout: 5_000 }, onRequest));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail({
      kind: 'usage',
      what: `the certificate and its key are of no use: ${printable(why)}`,
      where: '--tls-cert',
      next: 'give a certificate and its own private key, both in PEM',
    });
  }
}

async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenOptions,
): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const { headers } = request;
  const { api } = options;
  if (api && isOfApi(path)) {
    const foreign = foreignName(headers.host, options.host);
    if (!foreign) return api.answer(request, response);
    send(request, response, textAnswer(foreign.status, foreign.message, foreign.headers));
    return;
  }
  const refusal = refusalOf(
    {
      method: request.method ?? '',
      path,
      host: headers.host,
      authorization: headers.authorization,
      hasBody: 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) !== 0,
      isKnown: await api?.isReader(headers.authorization),
    },
    options,
  );
  const answer = refusal
    ? textAnswer(refusal.status, refusal.message, refusal.headers)
    : await options.answer(path);
  send(request, response, answer);
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, headersOf(answer));
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function notListening(host: string, port: number, { code, message }: NodeJS.ErrnoException) {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there',
    EADDRNOTAVAIL: 'this machine has no such address',
    EACCES: 'this user may not listen there',
    ENOTFOUND: 'the name is not known',
  };
  return {
    kind: 'usage',
    what: `cannot listen on ${printable(formatHostPort(host, port))}: ${why[code ?? ''] ?? printable(message)}`,
    where: '--listen',
    next: 'give another address and port, such as --listen 127.0.0.1:9816',
  } as const;
}
