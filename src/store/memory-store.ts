import { ok } from '../domain/failure.ts';
import type { JournalEntry } from '../rollout/journal.ts';
import type { Store } from '../rollout/ports.ts';

/** A journal that is gone with the process. */
export function createMemoryStore(): Store {
  const entries: JournalEntry[] = [];
  return {
    async append(entry) {
      entries.push(entry);
      return ok(undefined);
    },
    async entries() {
      return ok([...entries]);
    },
  };
}
