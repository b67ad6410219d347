const tickMs = 10;

/**
 * Starts to measure how long something waits. What a bare timer of this process is late meanwhile, the
 * machine took: it is left out.
 */
export function startStopwatch(): { stopMs(): number } {
  const startedMs = performance.now();
  let tickedMs = startedMs;
  let lateMs = 0;
  const tick = (): void => {
    const nowMs = performance.now();
    lateMs += Math.max(0, nowMs - tickedMs - tickMs);
    tickedMs = nowMs;
  };
  const timer = setInterval(tick, tickMs);
  return {
    stopMs() {
      clearInterval(timer);
      tick();
      return performance.now() - startedMs - lateMs;
    },
  };
}

/** The time that this process computes while it does `work`, however many others want the CPU. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
