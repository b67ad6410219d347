import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeIfAllowed } from '../folder-failure.ts';
import { type LockSight, lookAtLock } from './lock-file.ts';
import type { Verdict } from './lock-verdict.ts';

type KeptLock = Extract<LockSight, { readonly kind: 'kept' }>;

export interface Sweep {
  readonly directory: string;
  readonly wallMs: number;
  judge(lock: KeptLock): Promise<Verdict>;
}

/** The age after which a draft is nobody's: taking a lock lasts for seconds. */
const oldMs = 600_000;

/** Removes the drafts of locks that a killed process, or a full disk, has left in a folder. */
export async function sweepDrafts({ directory, wallMs, judge }: Sweep): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!/^draft-[0-9a-f]+$/.test(name)) continue;
    const file = join(directory, name);
    const sight = await lookAtLock(file);
    if (sight.kind === 'gone' || sight.kind === 'unreadable') continue;
    const isDead = sight.kind === 'kept' && (await judge(sight)) === 'dead';
    if (isDead || wallMs - sight.beatMs > oldMs) await removeIfAllowed(file);
  }
}
