import { access, chmod, constants, lstat, mkdir } from 'node:fs/promises';
import { type Failure, fail, ok, type Result } from '../../../domain/failure.ts';
import { printable } from '../../../domain/printable.ts';
import { codeOf } from '../folder-failure.ts';

/** As /run/lock and /tmp: everybody may add files, and nobody may touch those of another. */
const sharedMode = 0o1777;

/**
 * Makes the folder where all users of a machine lock its tables, or looks whether the one that is there
 * can be trusted; `absent` where there is none and this user may not make it.
 */
export async function sharedFolder(
  folder: string,
  self = process.getuid?.(),
): Promise<Result<'there' | 'read-only' | 'absent'>> {
  try {
    await mkdir(folder, { mode: 0o700 });
    // The umask does not count, and nobody else has been in it.
    await chmod(folder, sharedMode);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'].includes(code)) return ok('absent');
    if (code !== 'EEXIST') return fail(unusable(folder, (error as Error).message));
  }
  const found = await lstat(folder);
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  const { mode, uid } = found;
  return trustedFolder(folder, { isDirectory: found.isDirectory(), mode, uid, isWritable }, self);
}

/** A folder as its machine knows it. */
export interface FoundFolder {
  readonly isDirectory: boolean;
  readonly mode: number;
  readonly uid: number;
  /** Whether this user may add files. */
  readonly isWritable: boolean;
}

/** Decides whether locks in a folder prove something to the user `self` of its machine. */
export function trustedFolder(
  folder: string,
  { isDirectory, mode, uid, isWritable }: FoundFolder,
  self: number | undefined,
): Result<'there' | 'read-only'> {
  if (!isDirectory) return fail(unusable(folder, 'it is no folder'));
  if (uid !== 0 && uid !== self) return fail(unusable(folder, `it belongs to user ${uid}`));
  const isOpen = (mode & 0o022) !== 0;
  if (isOpen && (mode & 0o1000) === 0)
    return fail(unusable(folder, 'others may remove files of it'));
  return ok(isWritable ? 'there' : 'read-only');
}

const unusable = (folder: string, why: string): Failure => ({
  kind: 'preflight',
  what: `locks in ${printable(folder)} prove nothing: ${printable(why)}`,
  next: `as root: rm -r ${printable(folder)}; the next drain of root makes it anew`,
});
