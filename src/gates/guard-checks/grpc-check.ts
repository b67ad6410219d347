import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { onAbort } from '../../clock/on-abort.ts';
import { formatHostPort, serverKey } from '../../domain/address.ts';
import type { GrpcQuestion } from '../../domain/health/guard.ts';
import type { TlsSettings } from '../../http/exchange.ts';
import { networkError } from '../../http/network-error.ts';
import type { Gate, GateAnswer } from '../../rollout/ports.ts';
import { bounded, describeNetworkError, waitedSince } from '../words.ts';
import { healthPath, healthRequest, servingStatus } from './grpc-health.ts';

/** A status is two bytes; more is no answer to this question. */
const mostBytes = 1_024;

interface GrpcCheck {
  readonly question: GrpcQuestion;
  readonly address: string;
  readonly port: number;
  /** Absent: HTTP/2 without TLS, as gRPC calls plaintext. */
  readonly tls?: TlsSettings | undefined;
}

/** Passes when the server says SERVING of a service, or of itself, by the health protocol of gRPC. */
export function createGrpcCheck(check: GrpcCheck): Gate {
  const { question, address, port } = check;
  const of = question.service === '' ? '' : ` ${question.service}`;
  return {
    name: `check grpc ${formatHostPort(address, port)}${of}`,
    kind: 'check',
    server: serverKey(address, port),
    ask: (_about, signal) => askOnce(check, signal),
  };
}

function askOnce(
  { question, address, port, tls }: GrpcCheck,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const begunMs = performance.now();
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ passed: false, detail: 'given up before it was asked' });
      return;
    }
    const session = open(formatHostPort(address, port), tls);
    const settle = (passed: boolean, detail: string): void => {
      forget();
      session.destroy();
      resolve({ passed, detail: bounded(detail) });
    };
    // A stream of a connection that failed is cancelled, and has the reason as its cause.
    const failed = (error: unknown): void => {
      const first = error instanceof Error && error.cause !== undefined ? error.cause : error;
      settle(false, describeNetworkError(networkError(first)));
    };
    const forget = onAbort(signal, () => settle(false, `no answer within ${waitedSince(begunMs)}`));
    // Stays on after the end: an error that comes later must not be thrown.
    session.on('error', failed);
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: healthPath,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'drain',
    });
    let status: number | undefined;
    let grpc: GrpcStatus | undefined;
    let body = Buffer.alloc(0);
    stream.on('error', failed);
    stream.on('response', (headers) => {
      status = headers[':status'];
      grpc = grpcStatus(headers);
    });
    stream.on('trailers', (trailers) => {
      grpc = grpcStatus(trailers) ?? grpc;
    });
    stream.on('data', (chunk: Buffer) => {
      body = Buffer.concat([body, chunk]);
      if (body.length > mostBytes) settle(false, 'its answer is too long for a health status');
    });
    stream.on('end', () => settle(...verdictOf(status, grpc, body)));
    stream.end(healthRequest(question.service));
  });
}

const open = (host: string, tls: TlsSettings | undefined): ClientHttp2Session =>
  tls
    ? connect(`https://${host}`, {
        rejectUnauthorized: !tls.insecure,
        ...(tls.ca === undefined ? {} : { ca: tls.ca }),
        ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      })
    : connect(`http://${host}`);

interface GrpcStatus {
  readonly code: number;
  readonly message: string;
}

function grpcStatus(headers: Readonly<Record<string, unknown>>): GrpcStatus | undefined {
  const code = headers['grpc-status'];
  if (code === undefined) return undefined;
  return { code: Number(code), message: String(headers['grpc-message'] ?? '') };
}

function verdictOf(
  status: number | undefined,
  grpc: GrpcStatus | undefined,
  body: Buffer,
): readonly [passed: boolean, detail: string] {
  if (status !== 200) return [false, `HTTP status ${status ?? 'none'}, so it does not speak gRPC`];
  if (!grpc) return [false, 'an answer without grpc-status'];
  if (grpc.code !== 0) {
    const known = names.get(grpc.code);
    const message = grpc.message === '' ? '' : `: ${grpc.message}`;
    return [false, `grpc-status ${grpc.code}${known ? ` (${known})` : ''}${message}`];
  }
  const serving = servingStatus(body);
  return serving ? [serving === 'SERVING', serving] : [false, 'no health status in its answer'];
}

/** Codes that this question gets (grpc/doc/statuscodes.md). */
const names: ReadonlyMap<number, string> = new Map([
  [5, 'NOT_FOUND: it knows no such service'],
  [12, 'UNIMPLEMENTED: it has no health service'],
  [14, 'UNAVAILABLE'],
  [16, 'UNAUTHENTICATED'],
]);
