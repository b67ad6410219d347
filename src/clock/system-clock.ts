import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../rollout/ports.ts';
import { longestTimerMs } from './long-timer.ts';

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
    async sleepUntil(timeMs, signal) {
      for (;;) {
        const restMs = timeMs - nowMs();
        if (restMs <= 0 || signal?.aborted) return;
        try {
          await sleep(Math.min(restMs, longestTimerMs), undefined, signal ? { signal } : {});
        } catch {
          // Aborted: that is what the signal is for.
          return;
        }
      }
    },
  };
}
