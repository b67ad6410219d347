import { exchange, keptConnections, type TlsSettings } from '../../../http/exchange.ts';

export type Certificates = Pick<TlsSettings, 'ca' | 'cert' | 'key'>;

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

/** Room for a page of keys and values, in base64. */
const mostBytes = 64 * 1024 * 1024;

/** Sends JSON over connections that are kept, with TLS where there are certificates. Never rejects. */
export function createPost(
  certificates: Certificates | undefined,
): (post: Post) => Promise<Posted> {
  const connections = keptConnections(8);
  const scheme = certificates ? 'https' : 'http';
  return async ({ endpoint, path, body, token, timeoutMs }) => {
    const answer = await exchange(
      {
        url: new URL(path, `${scheme}://${endpoint}`),
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          // A member that is cut off from the others says so instead of waiting for them.
          'Grpc-Metadata-hasleader': 'true',
          ...(token === undefined ? {} : { Authorization: token }),
        },
        body: JSON.stringify(body),
        tls: certificates,
        mostBodyBytes: mostBytes,
        connections,
      },
      { timeoutMs },
    );
    switch (answer.kind) {
      case 'answered':
        return answer.isWholeBody
          ? { kind: 'answered', status: answer.status, body: answer.body }
          : { kind: 'failed', why: 'its answer is too long' };
      case 'aborted':
      case 'timed-out':
        return { kind: 'failed', why: `no answer within ${timeoutMs / 1_000} s` };
      default:
        return { kind: 'failed', why: answer.message };
    }
  };
}
