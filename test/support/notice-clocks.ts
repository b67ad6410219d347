import type { Clock } from '../../src/rollout/ports.ts';

/** A clock that jumps to whatever is waited for, and remembers the waits. */
export function jumpingClock(startMs = 1_800_000_000_000): Clock & { readonly waits: number[] } {
  let nowMs = startMs;
  const waits: number[] = [];
  return {
    waits,
    nowMs: () => nowMs,
    async sleepUntil(timeMs, signal) {
      if (signal?.aborted) return;
      waits.push(timeMs - nowMs);
      nowMs = Math.max(nowMs, timeMs);
    },
  };
}

/** A clock that stands still until it is moved on. */
export function standingClock(
  startMs = 1_800_000_000_000,
): Clock & { moveOn(ms: number): void; readonly sleepers: ReadonlySet<unknown> } {
  let nowMs = startMs;
  const sleepers = new Set<{ readonly timeMs: number; readonly wake: () => void }>();
  return {
    sleepers,
    nowMs: () => nowMs,
    sleepUntil(timeMs, signal) {
      if (signal?.aborted || timeMs <= nowMs) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { timeMs, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake);
      });
    },
    moveOn(ms) {
      nowMs += ms;
      for (const { timeMs, wake } of [...sleepers]) if (timeMs <= nowMs) wake();
    },
  };
}
