import { type KnownNames, type LookUp, resolveServers } from '../config/names/server-names.ts';
import type { ServerName } from '../domain/address.ts';
import { ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import type { FolderEntry, ReadFolder } from '../guard/guard-ports.ts';

/** A name server that does not answer must not keep the guard from its work. */
const lookUpMs = 2_000;
/** The time after which a name is looked up again. */
const retryMs = 30_000;

export interface FolderNames {
  readonly list: (folder: string) => Promise<Result<readonly string[]>>;
  readonly lookUp: LookUp;
  readonly known: KnownNames;
  readonly nowMs: () => number;
}

/**
 * File names resolved as server names on the command line are. What a name meant when its file
 * appeared it means until the file has gone, whatever becomes of the name server.
 */
export function createFolderReader({ list, lookUp, known, nowMs }: FolderNames): ReadFolder {
  const resolved = new Map<string, { readonly entry: FolderEntry; readonly atMs: number }>();
  const bounded: LookUp = (host) => Promise.race([lookUp(host), nothingAfter(lookUpMs)]);
  return async (folder, table) => {
    const names = await list(folder);
    if (!names.ok) return names;
    for (const name of [...resolved.keys()]) if (!names.value.includes(name)) resolved.delete(name);
    const entries = names.value.map(async (name): Promise<FolderEntry> => {
      const last = resolved.get(name);
      const isDue = !last || (last.entry.problem !== undefined && nowMs() - last.atMs >= retryMs);
      if (last && !isDue) return last.entry;
      const servers = await resolveServers(name, known, { lookUp: bounded }, table);
      const entry = servers.ok
        ? { name, servers: servers.value }
        : unusable(name, servers.failure.what);
      resolved.set(name, { entry, atMs: nowMs() });
      return entry;
    });
    return ok(await Promise.all(entries));
  };
}

function unusable(name: string, why: string): FolderEntry {
  const servers: readonly ServerName[] = [];
  return {
    name,
    servers,
    problem: `file "${printable(name)}" in the maintenance folder is ignored: ${why}`,
  };
}

const nothingAfter = (ms: number): Promise<readonly string[]> =>
  new Promise((resolve) => setTimeout(resolve, ms, []).unref());
