import { fail, ok, type Result } from '../../../domain/failure.ts';
import { type DirectorAccess, isSimulatedPlace } from '../../../domain/places/director-access.ts';
import { isSshAddress } from '../../../domain/places/ssh-address.ts';
import { lockedBy } from '../../../domain/rollout/lock-refusal.ts';
import type { Journal, Lock, LockTerms, Store } from '../../../rollout/ports.ts';
import type { RemoteTable } from '../../remote/remote-table.ts';
import { sharedDocumentsIn } from '../claims/shared-documents.ts';
import { createTableClaims, type TableClaimOptions } from '../claims/table-claims.ts';
import type { ClaimedMachine, TablePlace } from '../claims/table-places.ts';
import { createFileLocks, type FileLocks } from './file-locks.ts';
import { sharedFolder } from './shared-folder.ts';

export interface TableLockOptions {
  readonly machine: Machine;
  /** The network namespace behind the name of a local table, where the name tells. */
  readonly namespaceOf: (table: string) => Promise<string | undefined>;
  /** Tables of other machines, as far as one of these ways leads there. */
  readonly remote?: RemoteTables | undefined;
  /** Whoever makes claims, and a look at those of others; without it none are kept. */
  readonly claims?: Pick<TableClaimOptions, 'self' | 'states'> | undefined;
}

/** A machine with tables: their locks and the claims on them, which all of its users have in common. */
export interface Machine extends Pick<FileLocks, 'lock' | 'holder'>, ClaimedMachine {
  /** Makes a place for locks; `absent` where this user may not, and nobody has. */
  ready(): Promise<Result<'there' | 'read-only' | 'absent'>>;
}

/** Tables of other machines, by their names in this store. */
export interface RemoteTables {
  /** The table, where one of these ways or of those known before leads there. */
  of(table: string, access: readonly DirectorAccess[]): Promise<RemoteTable | undefined>;
  /** The table, where it has been asked for before. */
  known(table: string): RemoteTable | undefined;
}

/** A machine's locks and claims in a folder; `state` is the place of the state, for others who are refused. */
export const machineIn = (folder: string, state: string): Machine => ({
  ...createFileLocks(folder, { isShared: true, state }),
  ready: () => sharedFolder(folder),
  documents: sharedDocumentsIn(folder),
});

/**
 * A store that locks and claims tables on their machine too: whoever has another state folder, is another
 * user or says other words for the same table finds the lock or the claim there.
 */
export function withTableLocks(store: Store, options: TableLockOptions): Store {
  const { machine, namespaceOf, remote, claims } = options;
  const isLocal = (table: string): boolean =>
    !isSshAddress(table.split(' ')[0] ?? '') && !isSimulatedPlace(table);
  const placeOf = async (table: string): Promise<TablePlace<Machine> | undefined> =>
    isLocal(table) ? { machine, table: (await namespaceOf(table)) ?? table } : undefined;
  /** The locks of each rollout of this process, for whoever writes its journal. */
  const held = new Map<string, readonly Lock[]>();
  const tableLocks = new WeakMap<Lock, string>();

  const lockHere = async (subjects: readonly Subject[], ...[rollout, terms]: LockCall) => {
    const shown = new Map<string, string>();
    for (const { subject, table } of subjects) {
      shown.set(`${subject} on ${(await namespaceOf(table)) ?? table}`, `${subject} on ${table}`);
    }
    const ready = await machine.ready();
    if (!ready.ok) return ready;
    if (ready.value === 'absent') return ok(undefined);
    const shownAs = (resource: string): string => shown.get(resource) ?? resource;
    if (ready.value === 'there')
      return machine.lock([...shown.keys()], rollout, { ...terms, shownAs });
    for (const resource of shown.keys()) {
      const holder = await machine.holder(resource);
      if (holder) return fail(lockedBy(shownAs(resource), holder));
    }
    return ok(undefined);
  };

  const lockThere = async (
    table: string,
    subjects: readonly Subject[],
    ...[rollout, terms]: LockCall
  ): Promise<Result<Lock | undefined>> => {
    const there = await remote?.of(table, terms?.access ?? []);
    if (!there) return ok(undefined);
    const { momentary } = terms ?? {};
    const locked = await there.lock(
      subjects.map(({ subject }) => subject),
      rollout,
      { momentary },
    );
    if (locked.ok && locked.value) tableLocks.set(locked.value, table);
    return locked;
  };

  const locking: Pick<Store, 'lock' | 'holder'> = {
    async lock(resources, rollout, terms) {
      const own = await store.lock(resources, rollout, terms);
      if (!own.ok) return own;
      const byTable = new Map<string, readonly Subject[]>();
      for (const one of resources.flatMap(subjectOf)) {
        byTable.set(one.table, [...(byTable.get(one.table) ?? []), one]);
      }
      const here = [...byTable].flatMap(([table, subjects]) => (isLocal(table) ? subjects : []));
      const asked = await Promise.all([
        ...(here.length > 0 ? [lockHere(here, rollout, terms)] : []),
        ...[...byTable].flatMap(([table, subjects]) =>
          isLocal(table) ? [] : [lockThere(table, subjects, rollout, terms)],
        ),
      ]);
      const locks = [
        ...asked.flatMap((one) => (one.ok && one.value ? [one.value] : [])),
        own.value,
      ];
      const refused = asked.find((one) => !one.ok);
      if (refused && !refused.ok) {
        for (const lock of locks) await lock.release();
        return refused;
      }
      held.set(rollout, [...(held.get(rollout) ?? []), ...locks]);
      const all = allOf(locks, (lock) => tableLocks.get(lock));
      return ok({
        ...all,
        async release() {
          const others = (held.get(rollout) ?? []).filter((one) => !locks.includes(one));
          if (others.length > 0) held.set(rollout, others);
          else held.delete(rollout);
          await all.release();
        },
      });
    },
    async holder(resource) {
      const own = await store.holder(resource);
      if (own) return own;
      const [one] = subjectOf(resource);
      if (!one) return undefined;
      const { subject, table } = one;
      // Nobody is asked but those whom this process has asked for a lock.
      if (!isLocal(table)) return remote?.known(table)?.holder(subject);
      return machine.holder(`${subject} on ${(await namespaceOf(table)) ?? table}`);
    },
  };
  const journals = writtenUnder(store, (rollout) => held.get(rollout) ?? []);
  return claims
    ? { ...store, ...journals, ...locking, ...claiming(store, { ...claims, store, placeOf }) }
    : { ...store, ...journals, ...locking };
}

type LockCall = [rollout: string, terms?: LockTerms];

/** A part of a lock's name: what is locked, and the table where. */
interface Subject {
  readonly subject: string;
  readonly table: string;
}

function subjectOf(resource: string): readonly Subject[] {
  const at = resource.lastIndexOf(' on ');
  return at < 0 ? [] : [{ subject: resource.slice(0, at), table: resource.slice(at + 4) }];
}

/** Journals that nobody writes any more whose lock of a table is another's by now. */
function writtenUnder(
  store: Pick<Store, 'create' | 'open'>,
  locksOf: (rollout: string) => readonly Lock[],
): Pick<Store, 'create' | 'open'> {
  const guarded = (journal: Journal, rollout: string): Journal => ({
    ...journal,
    async append(...entries) {
      for (const lock of locksOf(rollout)) {
        const lost = await lock.lost?.();
        if (lost) return fail(lost);
      }
      return journal.append(...entries);
    },
  });
  return {
    async create(rollout) {
      const created = await store.create(rollout);
      return created.ok ? ok(guarded(created.value, rollout)) : created;
    },
    async open(rollout) {
      const opened = await store.open(rollout);
      if (!opened.ok) return opened;
      return ok({ ...opened.value, journal: guarded(opened.value.journal, rollout) });
    },
  };
}

/** The claims of a store, among which are its marks. */
function claiming(
  { marks }: Pick<Store, 'marks'>,
  options: TableClaimOptions,
): Pick<Store, 'claims' | 'marks'> {
  const { claims, putMark, removeMark, clusters } = createTableClaims(options);
  return {
    claims,
    marks: {
      ...marks,
      async put(mark) {
        const put = await marks.put(mark);
        if (put.ok) await putMark(mark);
        return put;
      },
      async remove(subject) {
        const removed = await marks.remove(subject);
        if (removed.ok) await removeMark(subject);
        return removed;
      },
      clusters: {
        ...marks.clusters,
        async put(claim) {
          const put = await marks.clusters.put(claim);
          if (put.ok) clusters.put(claim);
          return put;
        },
        async remove(subject) {
          const removed = await marks.clusters.remove(subject);
          if (removed.ok) clusters.remove(subject);
          return removed;
        },
      },
    },
  };
}

/** Locks as one, which lasts as long as the shortest; released in this order. */
function allOf(locks: readonly Lock[], tableOf: (lock: Lock) => string | undefined): Lock {
  return {
    async release() {
      for (const lock of locks) await lock.release();
    },
    lockedForMs(table) {
      const own = locks.filter((lock) =>
        [undefined, table ?? tableOf(lock)].includes(tableOf(lock)),
      );
      return Math.min(...own.map((lock) => lock.lockedForMs?.(table) ?? Number.POSITIVE_INFINITY));
    },
    async lost() {
      for (const lock of locks) {
        const lost = await lock.lost?.();
        if (lost) return lost;
      }
      return undefined;
    },
  };
}
