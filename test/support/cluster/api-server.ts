import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { selfSigned } from '../self-signed.ts';
import { ApiError, statusOf } from './api-object.ts';
import { type ApiRequest, apiRequest, bodyOf } from './api-request.ts';
import { ClusterStore } from './cluster-store.ts';
import { discovered } from './discovery.ts';
import { type Asked, type Fault, Faults, isAllowed, type Rule } from './faults.ts';
import { type Budget, perform } from './operations.ts';
import { answerWatch, type OpenWatch, refuseTooOld } from './watching.ts';

/** An API server over TLS that keeps its objects in memory. */
export interface ApiServer {
  readonly url: string;
  readonly store: ClusterStore;
  readonly faults: Faults;
  /** A kubeconfig with a bearer token, and one with a client certificate. */
  readonly kubeconfig: string;
  readonly kubeconfigByCertificate: string;
  /** What each user may; by default all. */
  readonly rules: Map<string, readonly Rule[]>;
  /** Watches that are being answered now. */
  watches(resource?: string): readonly OpenWatch[];
  /** All requests so far, `list nodes`. */
  readonly asked: readonly string[];
  mayEvict: Budget;
  /** Closes all connections, and takes no more until `start`. */
  away(): Promise<void>;
  back(): Promise<void>;
  stop(): Promise<void>;
}

export interface ApiServerOptions {
  readonly bookmarkMs?: number;
  readonly nowMs?: () => number;
}

const everything: readonly Rule[] = [{ verbs: ['*'], resources: ['*'] }];

/** Starts a stand-in for a kube-apiserver on a free port of 127.0.0.1. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-cluster-'));
  const [own, client] = await Promise.all([selfSigned('localhost'), selfSigned('certified')]);
  const token = 'a-token-of-the-stand-in';
  const store = new ClusterStore(options.nowMs);
  const faults = new Faults();
  const rules = new Map<string, readonly Rule[]>();
  const open = new Set<OpenWatch>();
  const sockets = new Set<Duplex>();
  const log: string[] = [];
  const server = createServer(
    { ...own, ca: [client.cert], requestCert: true, rejectUnauthorized: false },
    (request, response) => void answer(request, response),
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const bookmarkMs = options.bookmarkMs ?? 60_000;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    try {
      const url = new URL(request.url ?? '/', 'https://stand-in');
      const user = userOf(request, token);
      if (user === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
      const found = discovered(url.pathname);
      if (found !== undefined) return send(response, 200, found);
      if (url.pathname.endsWith('/selfsubjectaccessreviews')) {
        const { spec } = (await bodyOf(request)) as AccessReview;
        const { verb, resource, subresource } = spec.resourceAttributes;
        const named = subresource === undefined ? resource : `${resource}/${subresource}`;
        const allowed = isAllowed(rules.get(user) ?? everything, { verb, resource: named, user });
        return send(response, 201, { spec, status: { allowed } });
      }
      const asked = apiRequest(request.method ?? 'GET', url);
      if (!asked) throw new ApiError(404, 'NotFound', `the stand-in has no ${url.pathname}`);
      await answerFor(asked, user, { request, response });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { retryAfterSeconds, status } = error;
      if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds);
      send(response, status, statusOf(error));
    }
  }

  async function answerFor(
    asked: ApiRequest,
    user: string,
    { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  ): Promise<void> {
    const { resource, subresource, verb } = asked;
    const named = subresource ? `${resource.name}/${subresource}` : resource.name;
    const told: Asked = { verb, resource: named, user };
    log.push(`${verb} ${named}`);
    const body = await bodyOf(request);
    if (!isAllowed(rules.get(user) ?? everything, told)) throw forbidden(asked, told);
    const fault = faults.take(told);
    if (fault?.kind === 'status') {
      const { status, retryAfterSeconds } = fault;
      throw new ApiError(status, reasons[status] ?? 'InternalError', 'planned', retryAfterSeconds);
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (verb === 'watch') {
      refuseTooOld(store, asked);
      answerWatch(asked, response, { store, fault, bookmarkMs, open });
      return;
    }
    if (fault?.kind === 'cut') return void response.destroy();
    if (fault?.kind === 'silence') return;
    const contentType = request.headers['content-type'] ?? '';
    const done = perform(store, asked, { body, contentType, mayEvict: api.mayEvict });
    send(response, done.status, done.body, fault);
  }

  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const away = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const write = async (name: string, user: object): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(kubeconfigOf(url, own.cert, user)), { mode: 0o600 });
    return file;
  };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const certificate = {
    'client-certificate-data': base64(client.cert),
    'client-key-data': base64(client.key),
  };
  const api: ApiServer = {
    ...{ url, store, faults, rules, asked: log, mayEvict: () => true, away },
    kubeconfig: await write('token.json', { token }),
    kubeconfigByCertificate: await write('certificate.json', certificate),
    watches: (resource) => [...open].filter((one) => !resource || one.resource === resource),
    back: () => listen(port),
    async stop() {
      if (server.listening) await away();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return api;
}

const reasons: Readonly<Record<number, string>> = {
  410: 'Expired',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
};

interface AccessReview {
  readonly spec: {
    readonly resourceAttributes: {
      readonly verb: string;
      readonly resource: string;
      readonly subresource?: string;
    };
  };
}

function userOf(request: IncomingMessage, token: string): string | undefined {
  if (request.headers.authorization === `Bearer ${token}`) return 'drain';
  const socket = request.socket as TLSSocket;
  const name: unknown = socket.authorized ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof name === 'string' ? name : undefined;
}

function forbidden({ resource, namespace, groupVersion }: ApiRequest, told: Asked): ApiError {
  const group = groupVersion === 'v1' ? '' : groupVersion.split('/')[0];
  const scope =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return new ApiError(
    403,
    'Forbidden',
    `${resource.name} is forbidden: User "${told.user}" cannot ${told.verb} resource "${told.resource}" in API group "${group}" ${scope}`,
  );
}

function send(
  response: ServerResponse,
  status: number,
  body: object | string,
  fault?: Fault,
): void {
  const given = fault?.kind === 'reordered' ? reversed(body) : body;
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  response.statusCode = status;
  response.setHeader('Content-Type', typeof given === 'string' ? 'text/plain' : 'application/json');
  if (fault?.kind !== 'half' && fault?.kind !== 'half-and-silence') return void response.end(text);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.write(text.slice(0, text.length / 2), () => {
    if (fault.kind === 'half') response.destroy();
  });
}

const reversed = (body: object | string): object | string =>
  typeof body === 'object' && 'items' in body && Array.isArray(body.items)
    ? { ...body, items: body.items.toReversed() }
    : body;

function kubeconfigOf(server: string, ca: string, user: object): object {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'stand-in' },
    clusters: [{ name: 'stand-in', cluster }],
    users: [{ name: 'stand-in', user }],
    contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'stand-in' } }],
  };
}
