import { homedir } from 'node:os';
import { type DirectorAccess, isSimulated } from '../domain/places/director-access.ts';
import { isEtcdPlace, parseEtcdPlace } from '../domain/places/etcd-place.ts';
import type { StopSwitch, Store } from '../rollout/ports.ts';

export interface StoreTools {
  /** A line for whoever waits for a store that does not answer. */
  readonly tell: (text: string) => void;
  readonly stopSwitch: () => StopSwitch | undefined;
}

/** The store that `--state` names, the usual one, or for simulated directors none that lasts. */
export async function openStore(
  directory: string | undefined,
  access: readonly DirectorAccess[] = [],
  tools: StoreTools,
): Promise<Store> {
  if (directory === undefined && isSimulated(access)) {
    return (await import('../store/memory-store.ts')).createMemoryStore();
  }
  if (directory !== undefined && isEtcdPlace(directory)) return openEtcdStore(directory, tools);
  const { createFileStore } = await import('../store/folder/file-store.ts');
  return createFileStore(directory ?? usualStateDirectory());
}

async function openEtcdStore(state: string, { tell, stopSwitch }: StoreTools): Promise<Store> {
  const place = parseEtcdPlace(state);
  if (!place.ok) throw new Error(`a state that was not checked: ${place.failure.what}`);
  const { createEtcdStore } = await import('../store/etcd/etcd-store.ts');
  return createEtcdStore(place.value, process.env, {
    tell,
    isStopping: () => stopSwitch()?.requested() !== undefined,
  });
}

function usualStateDirectory(): string {
  if (process.getuid?.() === 0) return '/var/lib/drain';
  const home = process.env.XDG_STATE_HOME;
  return home ? `${home}/drain` : `${homedir()}/.local/state/drain`;
}
