import { sha256Hex } from '../../files/hex.ts';

/** Keys below the prefix of a store. */
export interface Keys {
  /** Begins the key of each rollout that was ever begun: rollouts are listed without their journals. */
  readonly rollouts: string;
  rollout(id: string): string;
  journal(id: string): string;
  /** Entries are counted from 1. */
  entry(id: string, number: number): string;
  trace(id: string): string;
  tracePart(id: string, number: number): string;
  readonly requests: string;
  /** A lock, attached to the lease of its holder. */
  lock(resource: string): string;
  /** The last holder of a lock, whether it still has the lock or not; attached to no lease. */
  lastHolder(resource: string): string;
  /** Begins the key of each document of a kind, as `marks`. */
  documents(kind: string): string;
}

/** Ids have been checked; what else becomes part of a key is hashed, for it may be of any length. */
export function keysUnder(prefix: string): Keys {
  const journal = (id: string): string => `${prefix}journals/${id}/`;
  const trace = (id: string): string => `${prefix}traces/${id}/`;
  return {
    rollouts: `${prefix}rollouts/`,
    rollout: (id) => `${prefix}rollouts/${id}`,
    journal,
    entry: (id, number) => journal(id) + digits(number),
    trace,
    tracePart: (id, number) => trace(id) + digits(number),
    requests: `${prefix}requests/`,
    lock: (resource) => `${prefix}locks/${hashed(resource)}`,
    lastHolder: (resource) => `${prefix}last-holders/${hashed(resource)}`,
    documents: (kind) => `${prefix}${kind}/`,
  };
}

/** The number of an entry or part, or NaN. */
export const numberIn = (key: string): number => Number(/\/(\d{10})$/.exec(key)?.[1]);

const digits = (number: number): string => String(number).padStart(10, '0');

const hashed = (text: string): string => sha256Hex(text).slice(0, 32);
