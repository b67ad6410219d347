import type { Stats } from 'node:fs';
import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Obeying, OwnedPath } from '../domain/places/trust.ts';

/**
 * The user of this process. Where somebody named what is obeyed, a file of whoever called sudo is one
 * of their own, as git has it; one that was only found is not: sudo may have been allowed for less.
 */
export function obeyingUser({ isNamed }: { readonly isNamed: boolean }): Obeying {
  const uid = process.geteuid?.() ?? 0;
  const sudoUid = Number(process.env.SUDO_UID ?? Number.NaN);
  return uid === 0 && isNamed && Number.isInteger(sudoUid) ? { uid, sudoUid } : { uid };
}

/** A file that is open, with the folder that it lies in, and the link that led to it. */
export async function ownersOfFile(
  name: string,
  opened: Stats,
  { isNamed }: { readonly isNamed: boolean },
): Promise<readonly OwnedPath[]> {
  // A pipe or a device is nothing that somebody could have put there.
  if (!opened.isFile()) return [];
  const file = resolve(name);
  const folder = async (path: string) => ({
    ...(await owned(path, await stat(path))),
    ofAnybody: isNamed,
  });
  const own = [await owned(file, opened), await folder(dirname(file))];
  const link = await lstat(file);
  if (!link.isSymbolicLink()) return own;
  // The mode of a link says nothing.
  const linkItself = { ...(await owned(file, link)), mode: 0o700 };
  const target = await realpath(file);
  return [...own, linkItself, await folder(dirname(target))];
}

/** Those of these files and folders that are there. */
export async function ownersThere(paths: readonly string[]): Promise<readonly OwnedPath[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const there = await stat(path).catch(() => undefined);
      return there ? [await owned(path, there)] : [];
    }),
  );
  return found.flat();
}

async function owned(path: string, { uid, gid, mode }: Stats): Promise<OwnedPath> {
  const needsGroup = (mode & 0o020) !== 0;
  return { path, uid, mode, isGroupOfOwner: needsGroup && (await isOwnGroup(uid, gid)) };
}

/**
 * Whether a group is that of one user alone, of the same number and name, as many systems make one for
 * each user, with a umask that lets it write.
 */
async function isOwnGroup(uid: number, gid: number): Promise<boolean> {
  if (uid !== gid) return false;
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = groups.split('\n').find((one) => one.split(':')[2] === `${gid}`);
  const [name, , , members] = line?.split(':') ?? [];
  return name !== undefined && [undefined, '', name].includes(members);
}
