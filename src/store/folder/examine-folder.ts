import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { codeOf } from './folder-failure.ts';
import { foldersOf } from './trusted-folder.ts';

/** Whether a state folder is there; fails where it, or a folder in it, cannot be read. */
export async function examineFolder(directory: string): Promise<Result<boolean>> {
  for (const folder of foldersOf(directory)) {
    try {
      const isFolder = (await stat(folder)).isDirectory();
      if (!isFolder) return fail(noFolder(folder));
      await access(folder, constants.R_OK | constants.X_OK);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') {
        if (folder === directory) return ok(false);
      } else if (code === 'ENOTDIR') return fail(noFolder(folder));
      else return fail(await unreadable(folder, error as Error));
    }
  }
  return ok(true);
}

/** The failure of whoever looks into a state folder that was named and is not there. */
export const missingFolder = (directory: string): Failure => ({
  kind: 'usage',
  what: `there is no state in ${printable(directory)}: no such folder`,
  next: `check the name; where it is right, and nothing was ever done there: mkdir -p -m 700 ${shellWord(resolve(directory))}`,
});

const noFolder = (path: string): Failure => ({
  kind: 'usage',
  what: `there is no state in ${printable(path)}: it is no folder`,
  next: 'check the name, and give a folder',
});

async function unreadable(folder: string, error: Error): Promise<Failure> {
  const isForbidden = codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';
  const why = isForbidden
    ? `user ${process.geteuid?.() ?? 'unknown'} may not read it`
    : printable(error.message);
  const owner = isForbidden ? await stat(folder).catch(() => undefined) : undefined;
  const sudo = owner?.uid === 0 ? 'sudo' : `sudo -u '#${owner?.uid}'`;
  const asOwner = owner ? `, such as its owner: ${sudo} drain status` : '';
  return {
    kind: 'preflight',
    what: `the state in ${printable(folder)} cannot be read: ${why}`,
    next: isForbidden
      ? `look as a user who may${asOwner}`
      : 'look at the disk, or give another folder with --state DIR',
  };
}
