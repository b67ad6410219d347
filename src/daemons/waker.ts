import type { Clock } from '../rollout/ports.ts';

export interface Waker {
  /** Ends the current sleep, or else the next sleep before it begins. */
  wake(): void;
  /** Does so at that time, or at once where it has come; one that is under way already is enough. */
  wakeFrom(timeMs: number): void;
  sleepUntil(timeMs: number): Promise<void>;
}

export function createWaker(clock: Clock): Waker {
  let isAwake = false;
  let isDue = false;
  let sleeping = new AbortController();
  const wake = (): void => {
    isAwake = true;
    sleeping.abort();
  };
  return {
    wake,
    wakeFrom(timeMs) {
      if (clock.nowMs() >= timeMs) wake();
      else if (!isDue) {
        isDue = true;
        void clock.sleepUntil(timeMs).then(() => {
          isDue = false;
          wake();
        });
      }
    },
    async sleepUntil(timeMs) {
      sleeping = new AbortController();
      if (!isAwake) await clock.sleepUntil(timeMs, sleeping.signal);
      isAwake = false;
    },
  };
}
