import type { Clock } from '../rollout/ports.ts';

export interface Waker {
  /** Ends the current sleep, or else the next sleep before it begins. */
  wake(): void;
  sleepUntil(timeMs: number): Promise<void>;
}

export function createWaker(clock: Clock): Waker {
  let isAwake = false;
  let sleeping = new AbortController();
  return {
    wake() {
      isAwake = true;
      sleeping.abort();
    },
    async sleepUntil(timeMs) {
      sleeping = new AbortController();
      if (!isAwake) await clock.sleepUntil(timeMs, sleeping.signal);
      isAwake = false;
    },
  };
}
