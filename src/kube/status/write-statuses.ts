import type { Clock } from '../../rollout/ports.ts';
import type { ApiFailure, ClusterApi } from '../kube-ports.ts';
import {
  attempted,
  isDue,
  nextDueMs,
  type OwnedPatch,
  type PatchBook,
  without,
} from './patch-book.ts';

export interface StatusWriter {
  /**
   * Writes those of the patches that are due; the others wait for their time or for a newer version.
   * Resolves with the time of the next try, if one is known; none for as long as it may not write.
   */
  write(patches: readonly OwnedPatch[]): Promise<number | undefined>;
}

export interface StatusWriterDeps {
  readonly api: Pick<ClusterApi, 'patchService'>;
  readonly clock: Clock;
  /** Asked before each write. */
  mayWrite(): boolean;
  onFailure(of: OwnedPatch, failure: ApiFailure): void;
}

export function createStatusWriter(deps: StatusWriterDeps): StatusWriter {
  const { api, clock, mayWrite, onFailure } = deps;
  let book: PatchBook = new Map();
  return {
    async write(patches) {
      book = without(book, (uid) => !patches.some((one) => one.uid === uid));
      for (const one of patches) {
        if (!isDue(book, one, clock.nowMs())) continue;
        if (!mayWrite()) return undefined;
        const { namespace, name, patch } = one;
        const answer = await api.patchService({ namespace, name }, patch);
        const failure = answer.ok ? undefined : answer.failure;
        book = attempted(book, one, { failure: failure?.code, nowMs: clock.nowMs() });
        if (failure) onFailure(one, failure);
      }
      return nextDueMs(book, patches);
    },
  };
}
