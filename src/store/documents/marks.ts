import { ok, type Result } from '../../domain/failure.ts';
import type { FallbackClaim, FallbackSubject } from '../../domain/health/fallback.ts';
import type { ClusterClaim, ClusterSubject } from '../../domain/rollout/cluster-claim.ts';
import { localTable } from '../../domain/rollout/local-table.ts';
import { sha256Hex } from '../../files/hex.ts';
import type { MaintenanceMark, MarkSubject, Marks } from '../../rollout/ports.ts';
import { type Place, readDocument } from '../place.ts';

/** The form of marks and claims, which a command that finds none does not load. */
const loadForm = async () => (await import('./mark-schema.ts')).markForm;

/**
 * Maintenance marks as documents, one a subject. Earlier versions named a table by the words that called
 * its ipvsadm, whichever; such a mark has today's name, and goes with the next of its subject.
 */
export function createMarks(place: Place): Marks {
  /** Documents under earlier names of their subject, by the name that it has today. */
  let earlier: ReadonlyMap<string, readonly string[]> | undefined;

  const read = async (): Promise<Result<ReadonlyMap<string, Kept>>> => {
    const kept = await place.list();
    if (!kept.ok) return kept;
    const found = new Map<string, Kept>();
    const aliases = new Map<string, readonly string[]>();
    for (const one of kept.value) {
      const document = readDocument(place, one, await loadForm());
      if (!document.ok) return document;
      const { value } = document;
      const table = localTable(value.table);
      const name = nameOf({ ...value, table });
      if (table !== value.table) aliases.set(name, [...(aliases.get(name) ?? []), one.name]);
      if (table === value.table || !found.has(name)) found.set(name, { ...value, table });
    }
    earlier = aliases;
    return ok(found);
  };
  const removeEarlier = async (name: string): Promise<Result<void>> => {
    const known = earlier ? ok(undefined) : await read();
    if (!known.ok) return known;
    for (const old of earlier?.get(name) ?? []) {
      const removed = await place.remove(old);
      if (!removed.ok) return removed;
    }
    return ok(undefined);
  };
  const remove = async (name: string): Promise<Result<void>> => {
    const removed = await place.remove(name);
    return removed.ok ? removeEarlier(name) : removed;
  };

  return {
    async list() {
      const found = await read();
      if (!found.ok) return found;
      return ok([...found.value.values()].flatMap((one) => ('server' in one ? [one] : [])));
    },
    async put(mark) {
      const put = await place.put(markName(mark), JSON.stringify({ v: 1, ...mark }), {
        rollout: mark.rollout,
      });
      return put.ok ? removeEarlier(markName(mark)) : put;
    },
    remove: (subject) => remove(markName(subject)),
    clusters: {
      async list() {
        const found = await read();
        if (!found.ok) return found;
        return ok([...found.value.values()].flatMap((one) => ('cluster' in one ? [one] : [])));
      },
      async put(claim) {
        const { newest: v } = await loadForm();
        return place.put(claimName(claim), JSON.stringify({ v, reason: 'cluster', ...claim }), {});
      },
      remove: (subject) => remove(claimName(subject)),
    },
    fallbacks: {
      async list() {
        const found = await read();
        if (!found.ok) return found;
        return ok([...found.value.values()].flatMap((one) => (isFallback(one) ? [one] : [])));
      },
      async put(claim) {
        const { newest: v } = await loadForm();
        const text = JSON.stringify({ v, reason: 'fallback', ...claim });
        return place.put(fallbackName(claim), text, {});
      },
      remove: (subject) => remove(fallbackName(subject)),
    },
  };
}

type Kept = MaintenanceMark | ClusterClaim | FallbackClaim;

const isFallback = (one: Kept): one is FallbackClaim => !('server' in one) && !('cluster' in one);

function nameOf(kept: Kept): string {
  if ('server' in kept) return markName(kept);
  return isFallback(kept) ? fallbackName(kept) : claimName(kept);
}

/** The one name of a subject, fit for files and keys. */
export function markName({ table, service, server, reason }: MarkSubject): string {
  const subject = JSON.stringify([table, service, server, reason]);
  return sha256Hex(subject).slice(0, 32);
}

/** The one name of a cluster's claim on a service. */
export const claimName = ({ table, service, cluster }: ClusterSubject): string => {
  const subject = JSON.stringify([table, service, 'cluster', cluster]);
  return sha256Hex(subject).slice(0, 32);
};

const fallbackName = ({ table, service }: FallbackSubject): string => {
  const subject = JSON.stringify([table, service, 'fallback']);
  return sha256Hex(subject).slice(0, 32);
};
