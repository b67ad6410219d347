import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

export interface Certificates {
  /** In PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Post {
  /** `10.0.0.1:2379`. */
  readonly endpoint: string;
  readonly path: string;
  readonly body: object;
  readonly token: string | undefined;
  readonly timeoutMs: number;
}

export type Posted =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly why: string };

/** A page of keys and values, in base64. */
const mostBytes = 64 * 1024 * 1024;

/** Sends JSON over connections that are kept, with TLS where there are certificates. Never rejects. */
export function createPost(
  certificates: Certificates | undefined,
): (post: Post) => Promise<Posted> {
  const kept = { keepAlive: true, maxSockets: 8 };
  const agent = certificates ? new TlsAgent({ ...kept, ...certificates }) : new PlainAgent(kept);
  const open = certificates ? tlsRequest : plainRequest;
  const scheme = certificates ? 'https' : 'http';
  return ({ endpoint, path, body, token, timeoutMs }) =>
    new Promise((resolve) => {
      const text = JSON.stringify(body);
      const request = open(new URL(path, `${scheme}://${endpoint}`), {
        agent,
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(text),
          // A member that is cut off from the others says so instead of waiting for them.
          'Grpc-Metadata-hasleader': 'true',
          ...(token === undefined ? {} : { Authorization: token }),
        },
      });
      const settle = (posted: Posted): void => {
        clearTimeout(timer);
        resolve(posted);
        if (posted.kind === 'failed') request.destroy();
      };
      const timer = setTimeout(
        () => settle({ kind: 'failed', why: `no answer within ${timeoutMs / 1_000} s` }),
        timeoutMs,
      );
      // Stays on after the end: an error that comes later must not be thrown.
      request.on('error', (error) => settle({ kind: 'failed', why: wordsOf(error) }));
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes > mostBytes) settle({ kind: 'failed', why: 'its answer is too long' });
        });
        response.on('error', (error) => settle({ kind: 'failed', why: wordsOf(error) }));
        response.on('end', () =>
          settle({
            kind: 'answered',
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      request.end(text);
    });
}

function wordsOf(error: Error): string {
  // A host name with several addresses, none of which answered.
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  return first.message.split('\n')[0] ?? '';
}
