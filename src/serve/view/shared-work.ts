export interface SingleFlightOptions {
  /** A result younger than this is good enough. */
  readonly minAgeMs: number;
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: () => number;
}

/**
 * `work`, once at a time: who asks while it is under way gets the answer of that one, and who asks
 * soon after gets the same answer again. `work` must not reject.
 */
export function singleFlight<T>(
  work: () => Promise<T>,
  { minAgeMs, nowMs }: SingleFlightOptions,
): () => Promise<T> {
  let last: { readonly value: T; readonly atMs: number } | undefined;
  let underWay: Promise<T> | undefined;
  return () => {
    if (underWay) return underWay;
    if (last && nowMs() - last.atMs < minAgeMs) return Promise.resolve(last.value);
    underWay = work().then((value) => {
      last = { value, atMs: nowMs() };
      underWay = undefined;
      return value;
    });
    return underWay;
  };
}

/** The answer, or `late` when it takes longer; the work continues for those who ask next. */
export async function within<T, L>(ms: number, work: Promise<T>, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(late()), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Remembers the result for the last key, for all who ask with the same key. */
export function oncePer<K extends object, V>(make: (key: K) => V): (key: K) => V {
  let last: { readonly key: K; readonly value: V } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}
