import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '../../domain/address.ts';

export interface RequestPolicy {
  /** The token that requests bring as `Authorization: Bearer`, but for those of `openPaths`. */
  readonly token?: string;
  /** The host that was listened on. */
  readonly host: string;
  /** Whether requests are answered to known callers only, where there is no `token` either. */
  readonly isGuarded?: boolean | undefined;
}

/** Paths answered without the token: the page holds no data, and asks for the token itself. */
const openPaths: readonly string[] = ['/', '/healthz', '/readyz'];

export interface AskedRequest {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  readonly hasBody: boolean;
  /** Whether the caller is one of those who may read everything. */
  readonly isKnown?: boolean | undefined;
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Says why a request is not answered, before anybody reads what it asks for. */
export function refusalOf(asked: AskedRequest, policy: RequestPolicy): Refusal | undefined {
  const foreign = foreignName(asked.host, policy.host);
  if (foreign) return foreign;
  if (asked.method !== 'GET' && asked.method !== 'HEAD') {
    return refusal(405, 'requests here only read', { Allow: 'GET, HEAD' });
  }
  if (asked.hasBody) return refusal(413, 'no request here has a body', { Connection: 'close' });
  if (openPaths.includes(asked.path) || asked.isKnown) return undefined;
  if (policy.token === undefined && !policy.isGuarded) return undefined;
  if (policy.token !== undefined && isToken(asked.authorization, policy.token)) return undefined;
  return refusal(401, 'send the token as Authorization: Bearer', {
    'WWW-Authenticate': 'Bearer realm="drain"',
  });
}

/** Says that a request on the loopback names another machine. */
export const foreignName = (header: string | undefined, listening: string): Refusal | undefined =>
  isLoopback(listening) && !isOwnName(header, listening)
    ? refusal(421, 'drain answers under the name it listens on, or as localhost')
    : undefined;

const refusal = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal => ({ status, message, headers });

/**
 * A page from elsewhere can have its own name resolve to 127.0.0.1 and then read what is here (DNS
 * rebinding); its requests still say that name.
 */
function isOwnName(header: string | undefined, listening: string): boolean {
  const name = header?.toLowerCase().replace(/:\d{1,5}$/, '');
  if (name === undefined) return false;
  if (name === 'localhost' || name === listening.toLowerCase()) return true;
  return isLoopback(name.replace(/^\[(.*)\]$/, '$1'));
}

/** The token of an Authorization header. */
export const bearerOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];

/** Compares two digests, so that neither the length nor a common beginning can be measured. */
function isToken(authorization: string | undefined, token: string): boolean {
  const given = bearerOf(authorization);
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
