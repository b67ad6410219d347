/** Time for leases and for waiting. */
export interface Timing {
  /** Milliseconds since any moment; never behind what has really passed. */
  nowMs(): number;
  /** `background`: the process may end meanwhile. */
  sleep(ms: number, background?: 'background'): Promise<void>;
}

/**
 * The monotonic clock stops while a machine is suspended and the wall clock may be set back: of
 * both counts the one that has moved more since it was read last, so that a lease is never believed
 * to last longer than it does.
 */
export function createTiming(): Timing {
  let nowMs = 0;
  let last = { monotonicMs: performance.now(), wallMs: Date.now() };
  return {
    nowMs() {
      const now = { monotonicMs: performance.now(), wallMs: Date.now() };
      nowMs += Math.max(now.monotonicMs - last.monotonicMs, now.wallMs - last.wallMs);
      last = now;
      return nowMs;
    },
    sleep: (ms, background) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        if (background) timer.unref();
      }),
  };
}
