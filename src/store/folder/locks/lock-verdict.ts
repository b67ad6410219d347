import type { ProcessPlace } from '../../../processes/process-place.ts';
import type { LockFile } from './lock-file.ts';

/** The interval of a holder's signs of life. */
export const beatMs = 2_000;

/** The time without a sign of life after which a holder that nobody can look at may be dead. */
export const silentMs = 10_000;

/** The time after a sign of life in which its holder may edit: an edit that has begun takes a while. */
export const heldForMs = 8_000;

export type Verdict = 'alive' | 'dead' | 'heard' | 'silent';

/** The start of a process; `hidden` where another user's may not be looked at (proc(5), hidepid). */
export type StartTicks = string | 'hidden' | undefined;

export interface HolderSight {
  readonly here: ProcessPlace;
  /** The start of the process of that number here; `undefined` where there is none. */
  readonly startTicks: StartTicks;
  /** The time since the last sign of life, by the wall clocks of both. */
  readonly silenceMs: number;
}

/**
 * The verdict on the holder of a lock. Where process numbers mean the same the kernel knows; a holder in
 * another container or on another machine is known by its signs of life only, `heard` of lately or `silent`
 * as far as clocks can be trusted: it is dead when it gives none while it is watched.
 */
export function judgeHolder(
  lock: LockFile | undefined,
  { here, startTicks, silenceMs }: HolderSight,
): Verdict {
  const isFresh = silenceMs >= -silentMs && silenceMs <= silentMs;
  const byBeat = isFresh ? 'heard' : 'silent';
  if (!lock) return byBeat;
  const { place } = lock;
  const isKnownHere = here.pidNamespace !== undefined;
  if (!place) {
    // The version before gave no signs of life, and knew no place but its own.
    if (isKnownHere && lock.startTicks !== '')
      return of(startTicks === 'hidden' || startTicks === lock.startTicks);
    return byBeat;
  }
  if (isSamePlace(place, here) && lock.startTicks !== '' && startTicks !== 'hidden')
    return of(startTicks === lock.startTicks);
  const isRebooted =
    place.machine !== undefined &&
    place.machine === here.machine &&
    place.host === here.host &&
    place.boot !== undefined &&
    here.boot !== undefined &&
    place.boot !== here.boot;
  return isRebooted && silenceMs > silentMs ? 'dead' : byBeat;
}

const of = (isThere: boolean): 'alive' | 'dead' => (isThere ? 'alive' : 'dead');

/** Tells whether process numbers mean the same in two places. */
const isSamePlace = (one: ProcessPlace, other: ProcessPlace): boolean =>
  one.boot !== undefined &&
  one.boot === other.boot &&
  one.pidNamespace !== undefined &&
  one.pidNamespace === other.pidNamespace;
