import type { LockSight } from './lock-file.ts';
import type { LockFolder } from './lock-folder.ts';
import type { Verdict } from './lock-verdict.ts';

type KeptLock = Extract<LockSight, { readonly kind: 'kept' }>;

export interface Sweep {
  readonly folder: LockFolder;
  readonly wallMs: number;
  judge(lock: KeptLock): Promise<Verdict>;
}

/** The age after which a draft is nobody's: taking a lock lasts for seconds. */
const oldMs = 600_000;

/** Removes the drafts of locks that a killed process, or a full disk, has left in a folder. */
export async function sweepDrafts({ folder, wallMs, judge }: Sweep): Promise<void> {
  for (const { name, sight } of await folder.lookAtAll('draft-')) {
    if (!/^draft-[0-9a-f]+$/.test(name)) continue;
    if (sight.kind === 'gone' || sight.kind === 'unreadable') continue;
    const isDead = sight.kind === 'kept' && (await judge(sight)) === 'dead';
    if (isDead || wallMs - sight.beatMs > oldMs) await folder.remove(name);
  }
}
