import { createHash } from 'node:crypto';
import { link, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../folder-failure.ts';

/** One of the files `RESOURCE.N`, of which the one with the highest N counts. */
export interface Generation {
  readonly number: number;
  readonly file: string;
}

/** The lock files of a resource, the one that counts first. */
export async function generationsOf(
  directory: string,
  resource: string,
): Promise<readonly Generation[]> {
  return generationsAmong(await readdir(directory), directory, resource);
}

/** The lock files of a resource in a listing of their folder, the one that counts first. */
export function generationsAmong(
  names: readonly string[],
  directory: string,
  resource: string,
): readonly Generation[] {
  const prefix = `${fileNameOf(resource)}.`;
  return names
    .filter((name) => name.startsWith(prefix) && /^\d{1,12}$/.test(name.slice(prefix.length)))
    .map((name) => ({ number: Number(name.slice(prefix.length)), file: join(directory, name) }))
    .sort((a, b) => b.number - a.number);
}

/** The lock file that would count before those that are there. */
export function nextGeneration(
  directory: string,
  resource: string,
  [latest]: readonly Generation[],
): Generation {
  const number = (latest?.number ?? 0) + 1;
  // A file that somebody else has put there: nobody takes a lock so often.
  if (number >= 1e12) throw new Error(`${latest?.file} is no lock file`);
  return { number, file: join(directory, `${fileNameOf(resource)}.${number}`) };
}

/** A file name has at most 255 bytes (NAME_MAX), and the words that call ipvsadm may be many. */
function fileNameOf(resource: string): string {
  const name = encodeURIComponent(resource);
  if (name.length <= 200) return name;
  return `${name.slice(0, 100)}-${createHash('sha256').update(resource).digest('hex')}`;
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
