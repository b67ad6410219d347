import { printable } from '../../../domain/printable.ts';
import type { Trouble } from '../etcd.ts';
import { errorAnswer } from './answers.ts';

/** Trouble, or a token that has to be asked for again. */
export type Refusal = Trouble | { readonly kind: 'token-over'; readonly why: string };

/** gRPC's status codes (https://grpc.io/docs/guides/status-codes/). */
const grpc = {
  cancelled: 1,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const passing: readonly (number | undefined)[] = [
  grpc.cancelled,
  grpc.deadlineExceeded,
  grpc.unavailable,
];

/** Reads the trouble off an answer that is no good (etcd's own words are in its rpctypes/error.go). */
export function troubleOf(endpoint: string, httpStatus: number, body: unknown): Refusal {
  const { data } = errorAnswer.safeParse(body);
  const message = printable(data?.message ?? '').replace(/^etcdserver: /, '');
  const why = `${endpoint}: ${message || `it answered with HTTP status ${httpStatus}`}`;
  if (data === undefined || message === '') {
    if (httpStatus === 502 || httpStatus === 503 || httpStatus === 504)
      return { kind: 'away', why };
    return {
      kind: 'refused',
      why: `${why}, and not as etcd 3.4 or later does`,
      next: 'check the address, and that etcd is not too old and runs with its --enable-grpc-gateway',
    };
  }
  if (passing.includes(data.code) || message === 'too many requests') return { kind: 'away', why };
  if (message === 'requested lease not found') return { kind: 'no-lease' };
  if (
    data.code === grpc.unauthenticated ||
    message === 'user name is empty' ||
    message === 'revision of auth store is old'
  ) {
    return { kind: 'token-over', why };
  }
  return { kind: 'refused', why, ...adviceOn(message, data.code) };
}

function adviceOn(message: string, code: number | undefined): { readonly next?: string } {
  if (message.startsWith('authentication failed')) {
    return { next: 'check the user in --state, and DRAIN_ETCD_PASSWORD' };
  }
  if (message === 'authentication is not enabled') {
    return { next: 'leave out the user in --state, or switch authentication on in etcd' };
  }
  if (code === grpc.permissionDenied) {
    return { next: 'grant the user a role that may read and write all keys of the prefix' };
  }
  if (message.includes('database space exceeded')) {
    return { next: 'make room in etcd: compact, defragment, and disarm its NOSPACE alarm' };
  }
  if (message.includes('too large')) {
    return { next: 'raise --max-request-bytes of etcd, or keep the state in a folder' };
  }
  return {};
}
