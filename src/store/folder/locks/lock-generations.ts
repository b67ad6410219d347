import { link } from 'node:fs/promises';
import { sha256Hex } from '../../../files/hex.ts';
import { codeOf } from '../folder-failure.ts';

/** One of the files `RESOURCE.N`, of which the one with the highest N counts. */
export interface Generation {
  readonly number: number;
  readonly name: string;
}

/** The beginning of the names of a resource's lock files. */
export const prefixOf = (resource: string): string => `${fileNameOf(resource)}.`;

/** The lock files of a resource among files of their folder, the one that counts first. */
export function generationsAmong<F extends { readonly name: string }>(
  files: readonly F[],
  resource: string,
): readonly (F & Generation)[] {
  const prefix = prefixOf(resource);
  return files
    .filter(({ name }) => name.startsWith(prefix) && /^\d{1,12}$/.test(name.slice(prefix.length)))
    .map((file) => ({ ...file, number: Number(file.name.slice(prefix.length)) }))
    .sort((a, b) => b.number - a.number);
}

/** The lock file that would count before those that are there. */
export function nextGeneration(resource: string, [latest]: readonly Generation[]): Generation {
  const number = (latest?.number ?? 0) + 1;
  // A file that somebody else has put there: nobody takes a lock so often.
  if (number >= 1e12) throw new Error(`${latest?.name} is no lock file`);
  return { number, name: `${prefixOf(resource)}${number}` };
}

/** A file name has at most 255 bytes (NAME_MAX), and the words that call ipvsadm may be many. */
function fileNameOf(resource: string): string {
  const name = encodeURIComponent(resource);
  if (name.length <= 200) return name;
  return `${name.slice(0, 100)}-${sha256Hex(resource)}`;
}

/** Links a file to a name; false when the name is taken. */
export async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}
