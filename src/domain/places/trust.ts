import type { Failure } from '../failure.ts';
import { printable } from '../printable.ts';
import { shellWord } from '../shell-word.ts';

/** A file or a folder as stat(2) shows it. */
export interface OwnedPath {
  readonly path: string;
  readonly uid: number;
  /** The permissions with the sticky bit. */
  readonly mode: number;
  /** Whether the group is the owner's own, with nobody else in it: its members may write no more. */
  readonly isGroupOfOwner: boolean;
  /** Whether the owner may be anybody: the folder of a file that was named, and is judged itself. */
  readonly ofAnybody?: boolean | undefined;
}

/** The user who obeys files; theirs and root's are obeyed. */
export interface Obeying {
  readonly uid: number;
  /** The user who called sudo, where root was told by name what to obey. */
  readonly sudoUid?: number | undefined;
}

/** A reason not to obey what a file says. */
export interface Distrust {
  readonly kind: 'foreign-owner' | 'writable-by-others';
  readonly found: OwnedPath;
}

const sticky = 0o1000;
const byGroup = 0o020;
const byAll = 0o002;

/**
 * The first reason not to obey a file, given with the folder that it lies in, as ssh and git judge it:
 * it is somebody else's, or somebody else may write it. In a sticky folder, such as /tmp, nobody
 * replaces a file of another user, so the owner of the file is enough there.
 */
export function distrustOf(paths: readonly OwnedPath[], obeying: Obeying): Distrust | undefined {
  for (const found of paths) {
    const isOwn = [0, obeying.uid, obeying.sudoUid].includes(found.uid);
    if (!isOwn && !found.ofAnybody) return { kind: 'foreign-owner', found };
    if (isWrittenByOthers(found)) return { kind: 'writable-by-others', found };
  }
  return undefined;
}

function isWrittenByOthers({ mode, isGroupOfOwner }: OwnedPath): boolean {
  if ((mode & sticky) !== 0) return false;
  return (mode & byAll) !== 0 || ((mode & byGroup) !== 0 && !isGroupOfOwner);
}

export interface DistrustedThing {
  /** `./drain.yaml`, `the state in /srv/drain`: the thing that would be obeyed. */
  readonly what: string;
  /** The folder to take over as a whole, where it is more than one file. */
  readonly tree?: string | undefined;
  /** Another way beside the command that mends it. */
  readonly otherwise?: string | undefined;
}

/** The refusal to obey, with the command that mends it for whoever trusts the content. */
export function distrustFailure(
  { kind, found }: Distrust,
  { uid }: Obeying,
  { what, tree, otherwise }: DistrustedThing,
): Failure {
  const isForeign = kind === 'foreign-owner';
  const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
  const why = isForeign ? `it belongs to user ${found.uid}` : `others may write it (mode ${mode})`;
  const path = tree ?? found.path;
  const words = [
    ...(uid === 0 || (!isForeign && found.uid === uid) ? [] : ['sudo']),
    ...(isForeign ? ['chown'] : ['chmod']),
    ...(tree === undefined ? [] : ['-R']),
    isForeign ? `${uid}` : 'go-w',
    // A name that begins with a dash is no option.
    path.startsWith('-') ? `./${path}` : path,
  ];
  return {
    kind: 'preflight',
    what: `${printable(what)} is not obeyed: others decide what is in it`,
    where: `${printable(found.path)}: ${why}`,
    next: `if you trust it as it is: ${words.map(shellWord).join(' ')}${otherwise === undefined ? '' : `; ${otherwise}`}`,
  };
}
