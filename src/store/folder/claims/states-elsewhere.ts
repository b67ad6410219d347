import { lstat, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isEtcdPlace } from '../../../domain/places/etcd-place.ts';
import type { Elsewhere } from '../../../domain/rollout/elsewhere.ts';
import { userName } from '../../../processes/process-identity.ts';
import { processPlace } from '../../../processes/process-place.ts';
import type { JournalEntries } from '../../../rollout/ports.ts';
import { createFileJournals } from '../file-journals.ts';
import { codeOf } from '../folder-failure.ts';
import type { ClaimMaker, MarkClaim, RolloutClaim, ServiceClaim } from './claim-file.ts';
import type { Names } from './table-places.ts';

/** A look into a state folder that is named in a claim: `unreadable` where it proves nothing. */
export type Look<T> =
  | { readonly kind: 'there'; readonly value: T }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable' };

/** States of others, as far as this process may look into them. */
export interface StatesElsewhere {
  journal(claim: RolloutClaim): Promise<Look<JournalEntries>>;
  mark(claim: MarkClaim | ServiceClaim): Promise<Look<undefined>>;
}

export type ClaimPlace = ClaimMaker['place'];

/** Whoever makes claims. */
export interface ClaimSelf {
  /** The state folder or etcd, by a name that is good anywhere on this machine. */
  readonly state: string;
  readonly user: string;
  /** The users whose claims are believed for more than that they are there. */
  readonly believes: readonly number[];
  place(): Promise<ClaimPlace>;
  wallMs(): number;
}

/** What one look at the claims of a machine has in common: a machine may have thousands. */
export interface Looking {
  readonly names: Names;
  readonly here: ClaimPlace;
}

/** This process as a maker of claims. Root's claims are everybody's to believe. */
export const claimSelf = (state: string): ClaimSelf => ({
  state,
  user: userName(),
  believes: [0, ...numberIn(process.getuid?.()), ...numberIn(sudoUser())],
  place: () => claimPlace(state),
  wallMs: () => Date.now(),
});

/** Whoever called sudo has made root of himself. */
const sudoUser = (): number | undefined =>
  process.getuid?.() === 0 ? Number(process.env.SUDO_UID ?? Number.NaN) : undefined;

const numberIn = (uid: number | undefined): readonly number[] =>
  Number.isInteger(uid) ? [uid ?? 0] : [];

/** The place of this process for claims, and that of its state folder. */
export async function claimPlace(state: string): Promise<ClaimPlace> {
  const [{ host, machine, boot }, mount, folder] = await Promise.all([
    processPlace(),
    readlink('/proc/self/ns/mnt').catch(() => undefined),
    folderOf(state),
  ]);
  return { host, machine, boot, mount, folder };
}

async function folderOf(state: string): Promise<string | undefined> {
  if (isEtcdPlace(state)) return undefined;
  const found = await stat(state).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}

/** State folders of this machine. An etcd is not asked: that would send a password where others say. */
export const foldersElsewhere: StatesElsewhere = {
  journal: (claim) =>
    lookAt(claim, `rollouts/${claim.rollout}.jsonl`, async () => {
      const journals = createFileJournals(claim.state, join(claim.state, 'rollouts'));
      const read = await journals.read(claim.rollout);
      return read.ok ? { kind: 'there', value: read.value } : { kind: 'unreadable' };
    }),
  mark: (claim) =>
    lookAt(claim, `out/${claim.mark}.json`, async () => ({ kind: 'there', value: undefined })),
};

/** Looks at a file of a state folder; that it is not there proves something only of the same folder. */
async function lookAt<T>(
  { state, place }: ClaimMaker,
  file: string,
  read: () => Promise<Look<T>>,
): Promise<Look<T>> {
  if (isEtcdPlace(state) || !state.startsWith('/')) return { kind: 'unreadable' };
  const here = await claimPlace(state);
  const isSameBoot =
    place.boot === here.boot && (place.boot !== undefined || isSameHost(place, here));
  const isEarlierBoot = !isSameBoot && place.machine !== undefined && isSameHost(place, here);
  if (!isSameBoot && !isEarlierBoot) return { kind: 'unreadable' };
  const isSame = place.folder !== undefined && place.folder === here.folder;
  const isGone = isEarlierBoot || (place.mount !== undefined && place.mount === here.mount);
  // Without a folder there, it may be that this user does not see it.
  if (!isSame) return { kind: isGone && (await isMissing(state, here)) ? 'gone' : 'unreadable' };
  try {
    return (await lstat(join(state, file))).isFile() ? await read() : { kind: 'unreadable' };
  } catch (error) {
    return { kind: codeOf(error) === 'ENOENT' ? 'gone' : 'unreadable' };
  }
}

const isSameHost = (one: ClaimPlace, other: ClaimPlace): boolean =>
  one.host === other.host && one.machine === other.machine;

/** Whether a path leads to no folder, or to another one than it did. */
const isMissing = (state: string, { folder }: ClaimPlace): Promise<boolean> =>
  folder !== undefined
    ? Promise.resolve(true)
    : stat(state).then(
        () => true,
        (error: unknown) => codeOf(error) === 'ENOENT',
      );

/** Whether a claim is by this store, which has no journal or mark of it; an etcd is the same from anywhere. */
export const isByState = ({ state, place }: ClaimMaker, own: string, here: ClaimPlace): boolean =>
  state === own &&
  (isEtcdPlace(state) || (place.host === here.host && place.folder === here.folder));

export function elsewhere(
  { state, user, place }: ClaimMaker,
  here: ClaimPlace,
  self: Pick<ClaimSelf, 'user'>,
): Elsewhere {
  const isHere = place.host === here.host && place.machine === here.machine;
  return {
    state,
    user: user === self.user && isHere ? undefined : user,
    host: isHere ? undefined : place.host,
  };
}
