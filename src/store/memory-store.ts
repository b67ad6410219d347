import { fail, ok } from '../domain/failure.ts';
import type {
  ControlRequest,
  JournalEntries,
  MarkSubject,
  Marks,
  OutMark,
  Store,
} from '../rollout/ports.ts';
import type { JournalEntry } from '../rollout/state/journal.ts';
import type { TraceEntry } from '../rollout/state/trace.ts';
import { createMemoryArounds } from './memory-arounds.ts';

/** Journals that are gone with the process: for a simulated director, whose table is gone with it too. */
export function createMemoryStore(): Store {
  const journals = new Map<string, JournalEntry[]>();
  const requests = new Map<string, ControlRequest[]>();
  const traces = new Map<string, TraceEntry[]>();
  const read = async (rollout: string) => {
    const entries = journals.get(rollout);
    return entries?.[0]?.type === 'opened'
      ? ok([...entries] as unknown as JournalEntries)
      : fail({ kind: 'usage', what: `there is no rollout ${rollout}` } as const);
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
    marks: createMemoryMarks(),
    arounds: createMemoryArounds(),
    async create(rollout) {
      const entries: JournalEntry[] = [];
      journals.set(rollout, entries);
      return ok(journalOf(entries));
    },
    async open(rollout) {
      const entries = await read(rollout);
      if (!entries.ok) return entries;
      return ok({ journal: journalOf(journals.get(rollout) ?? []), entries: entries.value });
    },
    async list() {
      return ok([...journals.keys()].reverse());
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
    async lock() {
      return ok({ async release() {} });
    },
    async holder() {
      return undefined;
    },
    async ask(rollout, request) {
      requests.set(rollout, [...(requests.get(rollout) ?? []), request]);
      return ok(undefined);
    },
    inbox: (rollout) => ({
      async take() {
        return requests.get(rollout)?.shift();
      },
    }),
  };
}

function createMemoryMarks(): Marks {
  const marks = new Map<string, OutMark>();
  const nameOf = ({ table, service, server, reason }: MarkSubject): string =>
    JSON.stringify([table, service, server, reason]);
  return {
    async list() {
      return ok([...marks.values()]);
    },
    async put(mark) {
      marks.set(nameOf(mark), mark);
      return ok(undefined);
    },
    async remove(subject) {
      marks.delete(nameOf(subject));
      return ok(undefined);
    },
  };
}
