import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Kept, Place, Unreadable } from '../place.ts';
import { ifThere, syncFolder, writeLasting, writeWhole } from './whole-files.ts';

export interface FolderPlace {
  readonly directory: string;
  /** The end of each file's name, behind the name of the document: `.json`. */
  readonly ending: string;
  /**
   * Lasting documents are on disk before a put resolves, in a folder that is made for them. The others
   * are for a process that runs, whose folder is there.
   */
  readonly isLasting: boolean;
  /** The failure of a file or folder that cannot be used. */
  readonly failureAt: (where: string, error: Error) => Failure;
}

/** Documents as files of a folder, for their owner alone. */
export function createFolderPlace(options: FolderPlace): Place {
  const { directory, ending, isLasting, failureAt } = options;
  const fileOf = (name: string): string => join(directory, name + ending);

  const guarded = async <T>(where: string, work: () => Promise<T>): Promise<Result<T>> => {
    try {
      return ok(await work());
    } catch (error) {
      return fail(failureAt(where, error as Error));
    }
  };
  const names = async (): Promise<readonly string[]> => {
    const files = (await ifThere(readdir(directory))) ?? [];
    return files
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length))
      .sort();
  };
  const read = async (name: string): Promise<Kept | undefined> => {
    const text = await ifThere(readFile(fileOf(name), 'utf8'));
    return text === undefined ? undefined : { name, text, version: text };
  };

  return {
    names: () => guarded(directory, names),
    list: () =>
      guarded(directory, async () => {
        const documents = await Promise.all((await names()).map(read));
        // A document may have been removed since the folder was listed.
        return documents.flatMap((document) => document ?? []);
      }),
    get: (name) => guarded(fileOf(name), () => read(name)),
    put: (name, text) =>
      guarded(fileOf(name), () =>
        isLasting ? writeLasting(fileOf(name), `${text}\n`) : writeWhole(fileOf(name), text),
      ),
    remove: (name, { version } = {}) =>
      guarded(fileOf(name), async () => {
        if (version !== undefined && (await read(name))?.version !== version) return 'kept';
        await rm(fileOf(name), { force: true });
        // A mark that a crash brings back would keep out a server that is in.
        if (isLasting) await ifThere(syncFolder(directory));
        return 'removed';
      }),
    unreadable: (name, why) => failureAt(fileOf(name), new Error(sentenceOf(why))),
  };
}

function sentenceOf(why: Unreadable): string {
  switch (why.kind) {
    case 'newer':
      return `a newer drain wrote it (version ${why.version})`;
    case 'not-json':
      return why.message;
    case 'not-as-written':
      return 'a file is not as this version writes it';
  }
}
