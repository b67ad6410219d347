/** Beyond it, what failed has nothing to do with how busy the machine is. */
const longestMs = 8_000;

/**
 * Tries with a short time limit, and with twice as much each time that it fails: what has to happen before
 * the limit takes as long as the machine takes for it.
 */
export async function longEnough<T>(
  firstMs: number,
  attempt: (limitMs: number) => Promise<T>,
): Promise<T> {
  for (let limitMs = firstMs; ; limitMs *= 2) {
    try {
      return await attempt(limitMs);
    } catch (error) {
      if (2 * limitMs > longestMs) throw error;
    }
  }
}
