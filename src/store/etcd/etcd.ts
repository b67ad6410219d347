import type { Result } from '../../domain/failure.ts';

/**
 * The part of etcd that a store needs (etcd API v3: KV and Lease), with keys and values as text and
 * 64-bit numbers as decimal digits. One call is one attempt: it never waits for better times.
 */
export interface Etcd {
  range(request: RangeRequest): Answer<Range>;
  /** Compares all and makes all changes in one step, or makes none and reads the ranges of `otherwise`. */
  txn(request: Txn): Answer<TxnEnd>;
  /** Asks for a lease of this many seconds, or somewhat more. */
  grant(ttlS: number): Answer<Lease>;
  /** Renews a lease. Its seconds from now on; 0 when there is no such lease any more. */
  keepAlive(lease: string): Answer<number>;
}

export type Answer<T> = Promise<Result<T, Trouble>>;

export type Trouble =
  /** Nobody answered, or there is no leader. The request may have been carried out all the same. */
  | { readonly kind: 'away'; readonly why: string }
  /** The lease that a key was to be attached to is over; nothing was done. */
  | { readonly kind: 'no-lease' }
  /** Asking again would not help. */
  | { readonly kind: 'refused'; readonly why: string; readonly next?: string };

export interface RangeRequest {
  readonly key: string;
  /** The first key behind the range; without one the range is `key` alone. */
  readonly end?: string;
  readonly limit?: number;
  readonly keysOnly?: boolean;
  readonly descending?: boolean;
}

export interface Range {
  readonly kvs: readonly KeyValue[];
  /** True when there are more keys than the limit let through. */
  readonly more: boolean;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** The store's revision when the key was made, and when it was changed last. */
  readonly created: string;
  readonly modified: string;
  /** The lease of the key; `0`: attached to none. */
  readonly lease: string;
}

export interface Txn {
  readonly compare: readonly Compare[];
  readonly puts?: readonly Put[];
  readonly deletes?: readonly string[];
  readonly otherwise?: readonly RangeRequest[];
}

/** A revision of `0` is that of a key that is not there. */
export type Compare =
  | { readonly key: string; readonly created: string }
  | { readonly key: string; readonly modified: string }
  | { readonly key: string; readonly exists: true };

export interface Put {
  readonly key: string;
  readonly value: string;
  readonly lease?: string;
}

export type TxnEnd =
  | { readonly succeeded: true; readonly revision: string }
  /** Keys of the ranges in `otherwise`, in their order. */
  | { readonly succeeded: false; readonly found: readonly (readonly KeyValue[])[] };

export interface Lease {
  readonly id: string;
  readonly ttlS: number;
}

/** The key behind all those that begin with `prefix`. */
export const endOf = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
