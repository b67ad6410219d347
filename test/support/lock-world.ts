import { readdir } from 'node:fs/promises';
import type { Prng } from '../../src/ipvs/simulated/prng.ts';
import type { ProcessPlace } from '../../src/processes/process-place.ts';
import { createFileLocks, type FileLocks } from '../../src/store/folder/locks/file-locks.ts';
import type { LockTools } from '../../src/store/folder/locks/lock-tools.ts';

/** Processes in several places that share one folder of locks, and one simulated time. */
export interface LockWorld {
  nowMs(): number;
  /** Lets time pass, and everything happen that is due until then. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until `work` is done. */
  until<T>(work: Promise<T>): Promise<T>;
  start(place: SimulatedPlace): SimulatedProcess;
}

export interface SimulatedPlace extends ProcessPlace {
  /** The error of the machine's wall clock. */
  readonly skewMs?: number;
  /** Without a /proc nothing is known of any process. */
  readonly isBlind?: boolean;
}

export interface SimulatedProcess {
  readonly pid: number;
  readonly tools: LockTools;
  locks(directory?: string): FileLocks;
  kill(): void;
  /** Stops the process (SIGSTOP) at its next step, for a while. */
  stopFor(ms: number): void;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export function createLockWorld(directory: string): LockWorld {
  let nowMs = 1_000_000;
  const sleepers: Sleeper[] = [];
  const processes: { readonly place: SimulatedPlace; pid: number; isDead: boolean }[] = [];
  const sleepUntil = (atMs: number): Promise<void> =>
    new Promise((wake) => void sleepers.push({ atMs, wake }));
  /** Lets file operations that were begun go on for a while, not always to their end. */
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) await readdir(directory);
  };
  const step = async (mostMs: number): Promise<void> => {
    await settle();
    nowMs = Math.min(mostMs, ...sleepers.map(({ atMs }) => Math.max(nowMs, atMs)));
    for (const due of sleepers.filter(({ atMs }) => atMs <= nowMs)) {
      sleepers.splice(sleepers.indexOf(due), 1);
      due.wake();
    }
    await settle();
  };

  return {
    nowMs: () => nowMs,
    async pass(ms) {
      const endMs = nowMs + ms;
      while (nowMs < endMs) await step(endMs);
    },
    async until(work) {
      let isDone = false;
      const ended = work.finally(() => {
        isDone = true;
      });
      while (!isDone) await step(nowMs + 100);
      return ended;
    },
    start(place) {
      const same = processes.filter(
        ({ place: other }) => other.pidNamespace === place.pidNamespace,
      );
      const self = { place, pid: same.length + 2, isDead: false };
      processes.push(self);
      let stoppedUntilMs = 0;
      const alive = async (): Promise<void> => {
        while (nowMs < stoppedUntilMs) await sleepUntil(stoppedUntilMs);
        if (self.isDead) await new Promise(() => {});
      };
      const gated = async <T>(value: () => T): Promise<T> => {
        await alive();
        return value();
      };
      const wallMs = (): number => nowMs + (place.skewMs ?? 0);
      const tools: LockTools = {
        pid: self.pid,
        user: 'root',
        uid: 0,
        letGo: new Set(),
        place: () => gated(() => place),
        startTicksOf: (pid) =>
          gated(() =>
            !place.isBlind &&
            processes.some(
              (one) =>
                one.pid === pid && !one.isDead && one.place.pidNamespace === place.pidNamespace,
            )
              ? `${place.boot}-${pid}`
              : undefined,
          ),
        timing: {
          nowMs: () => nowMs,
          wallMs,
          sleep: async (ms) => {
            await sleepUntil(nowMs + ms);
            await alive();
          },
          every(ms, work) {
            let isOver = false;
            const go = async (): Promise<void> => {
              for (;;) {
                await sleepUntil(nowMs + ms);
                if (isOver) return;
                await alive();
                work();
              }
            };
            void go();
            return () => {
              isOver = true;
            };
          },
        },
      };
      return {
        pid: self.pid,
        tools,
        locks: (folder = directory) => createFileLocks(folder, { tools }),
        kill() {
          self.isDead = true;
        },
        stopFor(ms) {
          stoppedUntilMs = nowMs + ms;
        },
      };
    },
  };
}

const machine = (name: string, boot: string, pidNamespace: string): SimulatedPlace => ({
  host: name,
  machine: `machine-${name}`,
  boot: `${name}-${boot}`,
  pidNamespace,
});

export const places = {
  host: machine('lb1', '1', 'pid:[1]'),
  container: { ...machine('lb1', '1', 'pid:[2]'), host: 'f00d', machine: undefined },
  rebooted: machine('lb1', '2', 'pid:[1]'),
  other: { ...machine('lb2', '1', 'pid:[9]'), skewMs: 45_000 },
  blind: { host: 'cafe', skewMs: -30_000, isBlind: true },
} as const satisfies Readonly<Record<string, SimulatedPlace>>;

/** One of a list, at random. */
export const oneOf = <T>(prng: Prng, all: readonly [T, ...T[]]): T =>
  all[prng.below(all.length)] ?? all[0];
