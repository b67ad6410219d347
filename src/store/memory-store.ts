import { type Failure, fail, ok } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import type { JournalEntries, Store } from '../rollout/ports.ts';
import type { JournalEntry } from '../rollout/state/journal.ts';
import type { TraceEntry } from '../rollout/state/trace.ts';
import { createDocuments } from './documents/kinds.ts';
import { createMemoryLocks } from './memory-locks.ts';
import type { Kept, Place } from './place.ts';
import { createRequests } from './requests.ts';

/** Journals that are gone with the process: for a simulated director, whose table is gone with it too. */
export function createMemoryStore(
  locks: Pick<Store, 'lock' | 'holder'> = createMemoryLocks().by(thisProcess),
): Store {
  const journals = new Map<string, JournalEntry[]>();
  const traces = new Map<string, TraceEntry[]>();
  const read = async (rollout: string) => {
    const entries = journals.get(rollout);
    return entries?.[0]?.type === 'opened'
      ? ok([...entries] as unknown as JournalEntries)
      : fail({
          kind: 'usage',
          code: 'no-such-rollout',
          what: `there is no rollout ${rollout}`,
        } as const);
  };
  const journalOf = (entries: JournalEntry[]) => ({
    async append(...added: readonly JournalEntry[]) {
      entries.push(...added);
      return ok(undefined);
    },
    async close() {},
  });
  return {
    read,
    ...createDocuments(createMemoryPlace),
    ...createRequests({ place: createMemoryPlace() }),
    async create(rollout) {
      if (journals.has(rollout)) return fail(isThereAlready(rollout));
      const entries: JournalEntry[] = [];
      journals.set(rollout, entries);
      return ok(journalOf(entries));
    },
    async open(rollout) {
      const entries = await read(rollout);
      if (!entries.ok) return entries;
      return ok({ journal: journalOf(journals.get(rollout) ?? []), entries: entries.value });
    },
    async list(most) {
      return ok([...journals.keys()].reverse().slice(0, most));
    },
    async remove(rollout) {
      journals.delete(rollout);
      traces.delete(rollout);
      return ok(undefined);
    },
    trace(rollout) {
      const entries = traces.get(rollout) ?? [];
      traces.set(rollout, entries);
      return { add: (entry) => void entries.push(entry), async close() {} };
    },
    async readTrace(rollout, position = 0) {
      const entries = traces.get(rollout)?.slice(position) ?? [];
      return ok({ entries, position: position + entries.length });
    },
    ...locks,
  };
}

const isThereAlready = (rollout: string): Failure => ({
  kind: 'conflict',
  what: `there is a journal of ${printable(rollout)} already`,
});

const thisProcess = { pid: process.pid, isAlive: () => true };

/** Documents that are gone with the process, which is alone with them. */
export function createMemoryPlace(): Place {
  const documents = new Map<string, Kept>();
  let puts = 0;
  const names = (): readonly string[] => [...documents.keys()].sort();
  return {
    async names() {
      return ok(names());
    },
    async list() {
      return ok(names().flatMap((name) => documents.get(name) ?? []));
    },
    async get(name) {
      return ok(documents.get(name));
    },
    async put(name, text) {
      documents.set(name, { name, text, version: String(++puts) });
      return ok(undefined);
    },
    async remove(name, { version } = {}) {
      if (version !== undefined && documents.get(name)?.version !== version) return ok('kept');
      documents.delete(name);
      return ok('removed');
    },
    unreadable: (name, { kind }) => ({
      kind: 'preflight',
      what: `the document ${printable(name)} in memory cannot be used: it is ${kind}`,
    }),
  };
}
