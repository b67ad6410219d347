import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { StatePlace } from '../commands/environment.ts';
import { fail, ok, type Result } from '../domain/failure.ts';
import { type DirectorAccess, isSimulated } from '../domain/places/director-access.ts';
import { isEtcdPlace, parseEtcdPlace } from '../domain/places/etcd-place.ts';
import { printable } from '../domain/printable.ts';
import type { StopSwitch, Store } from '../rollout/ports.ts';

export interface StoreTools {
  /** A line for whoever waits for a store that does not answer. */
  readonly tell: (text: string) => void;
  readonly stopSwitch: () => StopSwitch | undefined;
}

/**
 * The store that `--state` names, the usual one, or for simulated directors none that lasts. Tables are
 * locked on their machines too.
 */
export async function openStore(
  directory: string | undefined,
  directors: readonly DirectorAccess[] = [],
  tools: StoreTools,
): Promise<Store> {
  if (directory === undefined && isSimulated(directors)) {
    return (await import('../store/memory-store.ts')).createMemoryStore();
  }
  const state = directory ?? usualStateDirectory();
  const isEtcd = isEtcdPlace(state);
  const store = isEtcd
    ? await openEtcdStore(state, tools)
    : await openFileStore(state, directory !== undefined);
  const folder = process.env.DRAIN_RUN_DIR ?? '/run/drain';
  if (folder === '') return store;
  const { remoteTables } = await import('./remote-tables.ts');
  const { machineIn, withTableLocks } = await import('../store/folder/locks/table-locks.ts');
  const { claimSelf, foldersElsewhere } = await import(
    '../store/folder/claims/states-elsewhere.ts'
  );
  const place = isEtcd ? state : resolve(state);
  return withTableLocks(store, {
    machine: machineIn(folder, place),
    namespaceOf: async (table) =>
      (await import('../ipvs/host/table-namespace.ts')).tableNamespace(table),
    remote: remoteTables({ folder, state: place, tell: tools.tell }, directors),
    claims: { self: claimSelf(place), states: foldersElsewhere },
  });
}

/** The place of a state; fails where it cannot be read, and for a reader where it was named and is not there. */
export async function examineState(
  named: string | undefined,
  { mayBegin }: { readonly mayBegin: boolean },
): Promise<Result<StatePlace>> {
  const text = named ?? usualStateDirectory();
  if (isEtcdPlace(text)) return ok({ text: printable(text), isThere: true });
  const { examineFolder, missingFolder } = await import('../store/folder/examine-folder.ts');
  const isThere = await examineFolder(text);
  if (!isThere.ok) return isThere;
  if (named !== undefined && !isThere.value && !mayBegin) return fail(missingFolder(named));
  const place = { text: printable(text), isThere: isThere.value };
  if (named !== undefined || isThere.value || text === ofRoot) return ok(place);
  const rootHasOne = await access(ofRoot).then(
    () => true,
    () => false,
  );
  return ok(rootHasOne ? { ...place, ofRoot } : place);
}

const openFileStore = async (directory: string, isNamed: boolean): Promise<Store> =>
  (await import('../store/folder/file-store.ts')).createFileStore(directory, { isNamed });

async function openEtcdStore(state: string, { tell, stopSwitch }: StoreTools): Promise<Store> {
  const place = parseEtcdPlace(state);
  if (!place.ok) throw new Error(`a state that was not checked: ${place.failure.what}`);
  const { createEtcdStore } = await import('../store/etcd/etcd-store.ts');
  return createEtcdStore(place.value, process.env, {
    tell,
    isStopping: () => stopSwitch()?.requested() !== undefined,
  });
}

const ofRoot = '/var/lib/drain';

function usualStateDirectory(): string {
  if (process.getuid?.() === 0) return ofRoot;
  const home = process.env.XDG_STATE_HOME;
  return home ? `${home}/drain` : `${homedir()}/.local/state/drain`;
}
