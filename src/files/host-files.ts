import { readdir } from 'node:fs/promises';
import { fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';

/**
 * The names of the files in a folder of which each names a host, without hidden ones. A folder that
 * is not there yet, as after a boot under /run, holds none.
 */
export async function listHostFiles(folder: string): Promise<Result<readonly string[]>> {
  try {
    const names = await readdir(folder);
    return ok(names.filter((name) => !name.startsWith('.')).sort());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return ok([]);
    return fail({
      kind: 'usage',
      what: `the maintenance folder ${printable(folder)} cannot be read: ${printable(message)}`,
      next: 'let the guard read it, or name another one',
    });
  }
}
