import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Tells whether there is such a command, as execvp(3) would search for it. */
export async function commandExists(file: string, path = process.env.PATH ?? ''): Promise<boolean> {
  const places = file.includes('/')
    ? [file]
    : path.split(delimiter).map((folder) => join(folder || '.', file));
  for (const place of places) {
    try {
      await access(place, constants.X_OK);
      if ((await stat(place)).isFile()) return true;
    } catch {
      // Not there, or not to be run: the next one.
    }
  }
  return false;
}
