import type { ServerKey } from '../../../domain/address.ts';
import { findByKey } from '../../../domain/ipvs/ipvs.ts';

/**
 * Weights of servers as they are known: in the order in which they became known, and what was set or
 * forgotten since. Of 1,000 servers, of which one leaves, the others are not copied.
 */
export interface KnownWeights {
  readonly list: readonly KnownWeight[];
  /** `undefined` for what nobody knows any more. */
  readonly later: ReadonlyMap<ServerKey, number | undefined>;
}

export interface KnownWeight {
  readonly key: ServerKey;
  readonly weight: number;
}

export const noneKnown: KnownWeights = { list: [], later: new Map() };

export const knownWeight = (
  { list, later }: KnownWeights,
  server: ServerKey,
): number | undefined => (later.has(server) ? later.get(server) : findByKey(list, server)?.weight);

/** With so many changes, or one for so many servers, all are one list again. */
const mostChanges = 16;
const serversForAChange = 8;

/** What is known after a change; `undefined` for what nobody knows any more. */
export function knownAfter(
  { list, later }: KnownWeights,
  changes: ReadonlyMap<ServerKey, number | undefined>,
): KnownWeights {
  const all = new Map([...later, ...changes]);
  if (all.size <= Math.max(mostChanges, list.length / serversForAChange)) {
    return { list, later: all };
  }
  const kept = list.flatMap((one) => {
    const weight = all.has(one.key) ? all.get(one.key) : one.weight;
    all.delete(one.key);
    return weight === undefined ? [] : weight === one.weight ? one : { key: one.key, weight };
  });
  const added = [...all].flatMap(([key, weight]) => (weight === undefined ? [] : { key, weight }));
  return { list: [...kept, ...added], later: noneKnown.later };
}
