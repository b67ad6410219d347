import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { formatHostPort } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { type Answer, headersOf, textAnswer } from './answers.ts';
import { createConnections } from './connections.ts';
import { type RequestPolicy, refusalOf } from './request-guard.ts';

export interface ListenOptions extends RequestPolicy {
  readonly port: number;
  readonly answer: (path: string) => Promise<Answer>;
}

export interface Listening {
  /** `http://127.0.0.1:9815`. */
  readonly url: string;
  /** Rejects when an answer could not be made, which is a bug; never resolves. */
  readonly broken: Promise<never>;
  /** Ends what is under way, and resolves when nothing is left. */
  close(): Promise<void>;
}

/** Four routes that only read need no framework: what there is to get wrong is bounded here. */
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
  const { host, port } = options;
  let breakOff: (error: unknown) => void = () => {};
  const broken = new Promise<never>((_, reject) => {
    breakOff = reject;
  });
  const connections = createConnections({ most: mostConnections, mostAtOnce });
  const server = createServer(limits, (request, response) => {
    if (connections.begin(request.socket, response)) {
      reply(request, response, options).catch(breakOff);
    }
  });
  server.on('connection', connections.add);
  server.maxHeadersCount = 64;
  server.setTimeout(silentMs);
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(fail(notListening(host, port, error)));
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      const url = `http://${formatHostPort(host, bound)}`;
      resolve(ok({ url, broken, close: () => close(server) }));
    });
  });
}

async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenOptions,
): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const { headers } = request;
  const refusal = refusalOf(
    {
      method: request.method ?? '',
      path,
      host: headers.host,
      authorization: headers.authorization,
      hasBody: 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) !== 0,
    },
    options,
  );
  const answer = refusal
    ? textAnswer(refusal.status, refusal.message, refusal.headers)
    : await options.answer(path);
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
