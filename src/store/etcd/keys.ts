import { createHash } from 'node:crypto';

/** Where everything is below the prefix of a store. */
export interface Keys {
  /** One for each rollout that was ever begun, so that they can be listed without their journals. */
  readonly rollouts: string;
  rollout(id: string): string;
  journal(id: string): string;
  /** Entries are counted from 1. */
  entry(id: string, number: number): string;
  trace(id: string): string;
  tracePart(id: string, number: number): string;
  readonly requests: string;
  /** Attached to the lease of whoever holds it. */
  lock(resource: string): string;
  /** Attached to none: who has held the lock last, whether he still does or not. */
  lastHolder(resource: string): string;
  readonly marks: string;
  readonly arounds: string;
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
    marks: `${prefix}marks/`,
    arounds: `${prefix}arounds/`,
  };
}

/** The number of an entry or part, or NaN. */
export const numberIn = (key: string): number => Number(/\/(\d{10})$/.exec(key)?.[1]);

const digits = (number: number): string => String(number).padStart(10, '0');

const hashed = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 32);
