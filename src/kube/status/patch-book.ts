import type { ApiFailureCode, ServicePatch } from '../kube-ports.ts';

/** What became of the patches of each Service, by its uid. */
export type PatchBook = ReadonlyMap<string, PatchRecord>;

interface PatchRecord {
  /** A patch of this version was made or overtaken: there is a newer one, which the watch will bring. */
  readonly doneVersion?: string | undefined;
  readonly failures: number;
  readonly dueMs: number;
}

export interface OwnedPatch {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly patch: ServicePatch;
}

const shortestRetryMs = 5_000;
const longestRetryMs = 300_000;

/** Whether a patch is to be tried now. */
export function isDue(book: PatchBook, { uid, patch }: OwnedPatch, nowMs: number): boolean {
  const record = book.get(uid);
  return !record || (record.doneVersion !== patch.version && nowMs >= record.dueMs);
}

/** When the next of the patches is due again; absent when that takes news from the server. */
export function nextDueMs(book: PatchBook, patches: readonly OwnedPatch[]): number | undefined {
  const times = patches.flatMap(({ uid, patch }) => {
    const record = book.get(uid);
    if (!record) return [0];
    return record.doneVersion === patch.version ? [] : [record.dueMs];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Notes the end of an attempt. After a failure the next is 5, 10, 20, ... at most 300 s later. */
export function attempted(
  book: PatchBook,
  { uid, patch }: OwnedPatch,
  { failure, nowMs }: { readonly failure?: ApiFailureCode | undefined; readonly nowMs: number },
): PatchBook {
  const isDone = failure === undefined || failure === 'conflict' || failure === 'not-found';
  if (isDone) return new Map(book).set(uid, { doneVersion: patch.version, failures: 0, dueMs: 0 });
  const failures = (book.get(uid)?.failures ?? 0) + 1;
  const restMs = Math.min(shortestRetryMs * 2 ** (failures - 1), longestRetryMs);
  return new Map(book).set(uid, { failures, dueMs: nowMs + restMs });
}

/** Forgets Services that are no more. */
export const without = (book: PatchBook, gone: (uid: string) => boolean): PatchBook =>
  new Map([...book].filter(([uid]) => !gone(uid)));
