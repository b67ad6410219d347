import { rm } from 'node:fs/promises';
import type { Failure } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';

export const gone = 'it has been removed';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOENT: gone,
  ENOTDIR: 'a part of the path is no folder',
};

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** The failure of a rollout whose journal or requests cannot be kept in this file or folder. */
export const stateFailure = (where: string, error: Error): Failure => ({
  kind: 'preflight',
  what: `the state cannot be kept in ${printable(where)}: ${reasons[codeOf(error) ?? ''] ?? printable(error.message)}`,
  next: 'make room or give another folder with --state DIR',
});

/** The failure of documents of a kind (`the out-of-service marks`) in this file or folder. */
export const documentFailure =
  (documents: string) =>
  (where: string, error: Error): Failure => ({
    kind: 'preflight',
    what: `${documents} in ${printable(where)} cannot be used: ${printable(error.message)}`,
    next: 'look into that folder, make room, or give another one with --state DIR',
  });

/** Removes a file that may be gone already; in a folder of several users only its owner can. */
export async function removeIfAllowed(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'EACCES') throw error;
  }
}
