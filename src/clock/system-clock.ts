import type { Clock } from '../rollout/ports.ts';
import { longestTimerMs } from './long-timer.ts';
import { onAbort } from './on-abort.ts';

/**
 * The time of day when this process started, plus what the monotonic clock has counted since: an
 * NTP step or an operator's `date` never makes a ramp jump or stand still.
 */
export function createSystemClock(): Clock {
  const originMs = Date.now() - performance.now();
  const nowMs = (): number => originMs + performance.now();
  return {
    nowMs: () => Math.round(nowMs()),
    wallMs: () => Date.now(),
    // A sleep that ends early is no error: making one costs more than the check of a server does.
    sleepUntil: (timeMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        let timer: NodeJS.Timeout | undefined;
        const end = (): void => {
          clearTimeout(timer);
          forget?.();
          resolve();
        };
        const forget = signal && onAbort(signal, end);
        const wait = (): void => {
          const restMs = timeMs - nowMs();
          if (restMs <= 0) end();
          else timer = setTimeout(wait, Math.min(restMs, longestTimerMs));
        };
        wait();
      }),
  };
}
