import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * The place where a process number means something: one PID namespace of one boot of a kernel. What
 * cannot be found out is absent, and then no two places are known to be the same.
 */
export interface ProcessPlace {
  readonly host: string;
  /** The machine's own number (machine-id(5)), the same after each boot. */
  readonly machine?: string | undefined;
  /** The number of this boot; two containers of one machine have it in common. */
  readonly boot?: string | undefined;
  /** The PID namespace: `pid:[4026531836]`. */
  readonly pidNamespace?: string | undefined;
}

/** The place of this process. */
export async function processPlace(proc = '/proc', etc = '/etc'): Promise<ProcessPlace> {
  const [machine, boot, pidNamespace, isOwnProc] = await Promise.all([
    lineOf(readFile(join(etc, 'machine-id'), 'utf8')),
    lineOf(readFile(join(proc, 'sys/kernel/random/boot_id'), 'utf8')),
    lineOf(readlink(join(proc, 'self/ns/pid'))),
    hasOwnProc(proc),
  ]);
  const host = hostname();
  // In a /proc of another namespace the numbers are those of others.
  return isOwnProc ? { host, machine, boot, pidNamespace } : { host, machine, boot };
}

/** Tells whether /proc knows this process by the number that the process itself has. */
export const hasOwnProc = async (proc = '/proc'): Promise<boolean> =>
  (await lineOf(readlink(join(proc, 'self')))) === String(process.pid);

const lineOf = (read: Promise<string>): Promise<string | undefined> =>
  read.then(
    (text) => text.trim() || undefined,
    () => undefined,
  );
