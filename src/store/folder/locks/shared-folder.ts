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
  if (!found.isDirectory()) return fail(unusable(folder, 'it is no folder'));
  if (found.uid !== 0 && found.uid !== self)
    return fail(unusable(folder, `it belongs to user ${found.uid}`));
  const isOpen = (found.mode & 0o022) !== 0;
  if (isOpen && (found.mode & 0o1000) === 0)
    return fail(unusable(folder, 'others may remove files of it'));
  const mayWrite = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  return ok(mayWrite ? 'there' : 'read-only');
}

const unusable = (folder: string, why: string): Failure => ({
  kind: 'preflight',
  what: `locks in ${printable(folder)} prove nothing: ${printable(why)}`,
  next: `as root: rm -r ${printable(folder)}; the next drain of root makes it anew`,
});
