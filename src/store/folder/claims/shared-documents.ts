import { constants } from 'node:fs';
import { chmod, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomHex } from '../../../files/hex.ts';
import { codeOf, removeIfAllowed } from '../folder-failure.ts';

/** Documents of all users of a machine, beside its locks: small ones that everybody may read. */
export interface SharedDocuments {
  list(): Promise<readonly SharedDocument[]>;
  /** Writes a document whole, in the place of an own one of that name. */
  put(name: string, text: string): Promise<void>;
  /** Removes a document, as far as this user may. */
  remove(name: string): Promise<void>;
}

export interface SharedDocument {
  readonly name: string;
  readonly text: string;
  /** The user who wrote it. */
  readonly uid: number;
}

/** The names of claims; others in that folder are locks, drafts and what operators keep there. */
export const isClaimName = (name: string): boolean =>
  /^(?:claim|mark)-[0-9a-z-]{1,120}$/.test(name);

export const mostClaimBytes = 1_000_000;

/** The documents in a folder where everybody may add files, and nobody may touch those of another. */
export const sharedDocumentsIn = (folder: string): SharedDocuments => ({
  async list() {
    const found: SharedDocument[] = [];
    for (const name of (await readdir(folder)).sort()) {
      const document = isClaimName(name) ? await read(folder, name) : undefined;
      if (document) found.push(document);
    }
    return found;
  },
  async put(name, text) {
    const draft = join(folder, `draft-${randomHex(8)}`);
    try {
      await writeFile(draft, text, { mode: 0o644, flag: 'wx' });
      // The umask does not count.
      await chmod(draft, 0o644);
      await rename(draft, join(folder, name));
    } catch (error) {
      await rm(draft, { force: true }).catch(() => {});
      throw error;
    }
  },
  remove: (name) => removeIfAllowed(join(folder, name)),
});

/** Reads what somebody else may have made: neither a link nor a pipe is followed. */
async function read(folder: string, name: string): Promise<SharedDocument | undefined> {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!found.isFile() || found.size > mostClaimBytes) return undefined;
      return { name, text: await handle.readFile('utf8'), uid: found.uid };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? ''))
      return undefined;
    throw error;
  }
}
