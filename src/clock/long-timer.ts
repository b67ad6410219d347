/** The longest time of setTimeout, which counts in 32 bits and fires at once for a longer one. */
export const longestTimerMs = 2 ** 31 - 1;

/** Calls `act` after a time of any length, 600 hours as well; the returned function cancels that. */
export function startTimer(ms: number, act: () => void): () => void {
  let restMs = ms;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const partMs = Math.min(restMs, longestTimerMs);
    restMs -= partMs;
    timer = setTimeout(() => (restMs > 0 ? wait() : act()), partMs);
  };
  wait();
  return () => clearTimeout(timer);
}
