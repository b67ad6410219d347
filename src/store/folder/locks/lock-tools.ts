import { setTimeout as sleep } from 'node:timers/promises';
import { isStopped, startTicksOf, userName } from '../../../processes/process-identity.ts';
import { hasOwnProc, type ProcessPlace, processPlace } from '../../../processes/process-place.ts';
import { codeOf } from '../folder-failure.ts';
import type { StartTicks } from './lock-verdict.ts';

/** Time as locks need it, handed in. */
export interface LockTiming {
  /** Never jumps, however the wall clock is set. */
  nowMs(): number;
  /** The wall clock, which other machines have in common as far as theirs is right. */
  wallMs(): number;
  sleep(ms: number): Promise<void>;
  /** Calls `work` every so often until the result is called; keeps no process from ending. */
  every(ms: number, work: () => void): () => void;
}

/** The process that takes locks, as it knows itself and others. */
export interface LockTools {
  readonly pid: number;
  readonly user: string;
  readonly uid: number | undefined;
  readonly timing: LockTiming;
  place(): Promise<ProcessPlace>;
  startTicksOf(pid: number): Promise<StartTicks>;
  /** Tells whether a process of this place is stopped. */
  isStopped?(pid: number): Promise<boolean>;
  /** The holdings of this process that are over although their files do not say so. */
  readonly letGo: Set<string>;
}

const timing: LockTiming = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms) => sleep(ms),
  every(ms, work) {
    const timer = setInterval(work, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

let place: Promise<ProcessPlace> | undefined;

/** The tools of this process; one for all its stores, so that it knows its own locks in each. */
export const processLockTools: LockTools = {
  pid: process.pid,
  user: userName(),
  uid: process.getuid?.(),
  timing,
  place() {
    place ??= processPlace();
    return place;
  },
  async startTicksOf(pid) {
    if (!(await hasOwnProc())) return undefined;
    return (await startTicksOf(pid)) ?? (isAnotherUsers(pid) ? 'hidden' : undefined);
  },
  isStopped,
  letGo: new Set(),
};

/** Tells whether there is a process of that number which this user may not signal. */
function isAnotherUsers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
