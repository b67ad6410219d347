import { closeSync, openSync, readSync } from 'node:fs';

/** Some 1,600 real servers: from there on a listing of a few services by ipvsadm costs less. */
const longestBytes = 128 * 1024;

/**
 * Reads the table of this network namespace as the kernel prints it: without a process, and at once,
 * since nothing is waited for. `undefined` where there is none (no ip_vs, no /proc) or it is long.
 */
export function createProcTableReader(
  file = '/proc/net/ip_vs',
  mostBytes = longestBytes,
): () => string | undefined {
  let room: Buffer | undefined;
  return () => {
    room ??= Buffer.allocUnsafe(mostBytes);
    let fd: number | undefined;
    try {
      fd = openSync(file, 'r');
      return readToEnd(fd, room);
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  };
}

/** The kernel hands out a page at a time. */
function readToEnd(fd: number, room: Buffer): string | undefined {
  for (let length = 0; length < room.length; ) {
    const read = readSync(fd, room, length, room.length - length, null);
    if (read === 0) return room.toString('latin1', 0, length);
    length += read;
  }
  return undefined;
}
