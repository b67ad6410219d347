import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { takenOverAdvice } from '../../domain/rollout/lock-refusal.ts';
import { isRolloutId } from '../../domain/rollout/rollout-id.ts';
import { randomHex } from '../../files/hex.ts';
import type { Journal, JournalEntries, Store } from '../../rollout/ports.ts';
import type { JournalEntry } from '../../rollout/state/journal.ts';
import { formatEntry, parseBitByBit } from '../journal-schema.ts';
import { unknownAdvice } from '../unknown-rollout.ts';
import { endOf, type KeyValue, type Trouble } from './etcd.ts';
import { etcdFailure, stateFailure } from './etcd-failure.ts';
import { numberIn } from './keys.ts';
import type { StoreTools } from './store-tools.ts';
import { pack, pageSize, readAll, unpack } from './values.ts';

/**
 * A journal as one key an entry, `journals/ID/0000000001`. An entry is put in the transaction that
 * compares that the locks are this process's and that its number is the next one.
 */
export function createEtcdJournals(
  tools: StoreTools,
): Pick<Store, 'create' | 'open' | 'read' | 'list' | 'remove'> {
  const { keys, locks, place } = tools;

  const read = async (rollout: string): Promise<Result<JournalEntries>> => {
    if (!isRolloutId(rollout)) return fail(unknownRollout(rollout, place));
    const kept = await readAll(tools, keys.journal(rollout));
    if (!kept.ok) return fail(etcdFailure(place, kept.failure));
    const where = `${place}, journal of ${rollout}`;
    const lines: string[] = [];
    for (const { key, value } of kept.value) {
      const line = numberIn(key) === lines.length + 1 ? unpack(value) : undefined;
      if (line === undefined || line.includes('\n')) {
        return fail({
          kind: 'usage',
          what: `the journal cannot be read: an entry is missing, or is none, after ${lines.length}`,
          where,
          next: 'look at the table with `ipvsadm -Ln`, and set the weights by hand or start a new rollout',
        });
      }
      lines.push(`${line}\n`);
    }
    if (lines.length === 0) return fail(unknownRollout(rollout, place));
    const parsed = await parseBitByBit(lines.join(''), where);
    return parsed.ok ? ok(parsed.value.entries) : parsed;
  };

  const allNames = async (): Promise<Result<readonly KeyValue[], Trouble>> => {
    const kept = await readAll(tools, keys.rollouts, { keysOnly: true });
    return kept.ok ? ok(kept.value.toReversed()) : kept;
  };

  /** In one answer, which is as long as what was asked for. */
  const latestNames = async (most: number): Promise<Result<readonly KeyValue[], Trouble>> => {
    if (most > pageSize) return allNames();
    const { etcd, patiently } = tools;
    const range = { key: keys.rollouts, end: endOf(keys.rollouts), keysOnly: true };
    const page = await patiently(() => etcd.range({ ...range, limit: most, descending: true }));
    return page.ok ? ok(page.value.kvs) : page;
  };

  return {
    read,
    async create(rollout) {
      const key = keys.rollout(rollout);
      const value = JSON.stringify({ v: 1, nonce: randomHex(12) });
      const written = await locks.write(
        { compare: [{ key, created: '0' }], puts: [{ key, value }], otherwise: [{ key }] },
        rollout,
      );
      if (!written.ok) return written;
      // Ours when only the answer of an earlier attempt was lost.
      const isOurs = written.value.done || written.value.found[0]?.[0]?.value === value;
      if (isOurs) return ok(createJournal(tools, rollout, 0));
      return fail(
        stateFailure(place, `there is a rollout ${printable(rollout)} already`, 'try again'),
      );
    },
    async open(rollout) {
      const entries = await read(rollout);
      if (!entries.ok) return entries;
      const journal = createJournal(tools, rollout, entries.value.length);
      return ok({ journal, entries: entries.value });
    },
    async remove(rollout) {
      if (!isRolloutId(rollout)) return ok(undefined);
      const prefixes = [keys.journal(rollout), keys.trace(rollout)];
      const kept = await Promise.all(
        prefixes.map((prefix) => readAll(tools, prefix, { keysOnly: true })),
      );
      // The name goes first: what is left of a journal, where this ends half-way, is in no list.
      const doomed = [keys.rollout(rollout)];
      for (const one of kept) {
        if (!one.ok) return fail(etcdFailure(place, one.failure));
        doomed.push(...one.value.map(({ key }) => key));
      }
      for (let at = 0; at < doomed.length; at += mostTogether) {
        const deletes = doomed.slice(at, at + mostTogether);
        const written = await locks.write({ deletes }, rollout);
        if (!written.ok) return written;
      }
      return ok(undefined);
    },
    async list(most) {
      const kept = most === undefined ? await allNames() : await latestNames(most);
      if (!kept.ok) return fail(etcdFailure(place, kept.failure));
      const ids = kept.value.map(({ key }) => key.slice(keys.rollouts.length));
      return ok(ids.filter(isRolloutId));
    },
  };
}

function createJournal(tools: StoreTools, rollout: string, length: number): Journal {
  const { keys, locks, place } = tools;
  let count = length;
  const appendTogether = async (entries: readonly JournalEntry[]): Promise<Result<void>> => {
    const before = keys.entry(rollout, count);
    const puts = entries.map((entry, index) => ({
      key: keys.entry(rollout, count + 1 + index),
      value: pack(formatEntry(entry)),
    }));
    const [first] = puts;
    if (!first) return ok(undefined);
    const written = await locks.write(
      {
        compare: [
          { key: first.key, created: '0' },
          ...(count > 0 ? [{ key: before, exists: true } as const] : []),
        ],
        puts,
        otherwise: [{ key: first.key }, { key: before }],
      },
      rollout,
    );
    if (!written.ok) return written;
    if (!written.value.done) {
      const [there, last] = written.value.found.map(([kv]) => kv);
      if (!there && !last) return fail(stateFailure(place, 'the journal has been removed', mend));
      // Ours when only the answer of an earlier attempt was lost: the locks are ours.
      if (there?.value !== first.value) return fail(writtenByAnother(rollout));
    }
    count += entries.length;
    return ok(undefined);
  };
  return {
    async append(...entries) {
      for (let at = 0; at < entries.length; at += mostTogether) {
        const kept = await appendTogether(entries.slice(at, at + mostTogether));
        if (!kept.ok) return kept;
      }
      return ok(undefined);
    },
    // Every entry is kept already.
    async close() {},
  };
}

/** A transaction takes 128 puts (etcd's --max-txn-ops). */
const mostTogether = 100;

const mend =
  'look at the table with `ipvsadm -Ln`, and set the weights by hand or start a new rollout';

const writtenByAnother = (rollout: string): Failure => ({
  kind: 'conflict',
  what: `somebody else goes on with rollout ${printable(rollout)}: its journal has entries that this process has not written`,
  next: takenOverAdvice,
});

const unknownRollout = (rollout: string, place: string): Failure => ({
  kind: 'usage',
  code: 'no-such-rollout',
  what: `there is no rollout "${printable(rollout)}" in ${printable(place)}`,
  next: unknownAdvice,
});
