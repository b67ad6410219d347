import { readdir, stat } from 'node:fs/promises';

/** The age from which on a folder's time tells of every change: file systems have steps of up to 2 s. */
const settledNs = 2_500_000_000n;

interface Listing {
  readonly inode: bigint;
  readonly changedNs: bigint;
  readonly names: readonly string[];
}

/**
 * Lists the files of a folder that end so, without that end and the last one first. A folder that has not changed is
 * not listed again, however many files it has: whoever asks every second pays for what changes.
 */
export function createListing(folder: string, end: string): () => Promise<readonly string[]> {
  let known: Listing | undefined;
  return async () => {
    const { ino: inode, mtimeNs: changedNs } = await stat(folder, { bigint: true });
    if (known?.inode === inode && known.changedNs === changedNs) return known.names;
    const files = (await readdir(folder)).filter((file) => file.endsWith(end));
    const names = files
      .map((file) => file.slice(0, -end.length))
      .sort()
      .reverse();
    // A change within the same step of the clock would not show.
    const isSettled = BigInt(Date.now()) * 1_000_000n - changedNs > settledNs;
    known = isSettled ? { inode, changedNs, names } : undefined;
    return names;
  };
}
