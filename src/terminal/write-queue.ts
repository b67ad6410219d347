/** A place that bytes go to: takes as many as it has room for, 0 when none; throws when it is gone. */
export type WriteSome = (bytes: Uint8Array) => number;

/** Texts that were dropped because nobody took them. */
export interface Dropped {
  readonly texts: number;
  /** Those of them that were the first to go. */
  readonly minor: number;
}

export interface WriteQueue {
  /** Writes, or keeps what there is no room for; `minor` is dropped before the rest. */
  push(bytes: Uint8Array, options?: { readonly minor?: boolean }): void;
  /** Tells whether something waits for room. */
  isCongested(): boolean;
  /** Keeps no more than so many bytes from now on. */
  bound(mostBytes: number): void;
  /** The texts dropped since the last call, once there is room to say so. */
  takeDropped(): Dropped | undefined;
  /**
   * Resolves when all is written, or when nothing was taken for that time: then the rest is dropped,
   * unless it is kept.
   */
  flushed(stallMs?: number, options?: { readonly keeps?: boolean }): Promise<void>;
}

/** The time between two tries at a place without room: nothing tells when a terminal goes on. */
const retryMs = 25;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly minor: boolean;
}

/**
 * Writes without ever waiting. Where there is no room texts are kept in their order, up to a bound, past
 * which the oldest go: minor ones first, and never the rest of one that was written in part.
 */
export function createWriteQueue(
  writeSome: WriteSome,
  { onError }: { readonly onError: (error: Error) => void },
): WriteQueue {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let mostBytes = Number.POSITIVE_INFINITY;
  let isGone = false;
  let isPartial = false;
  let dropped = { texts: 0, minor: 0 };
  let timer: NodeJS.Timeout | undefined;
  let progressMs = performance.now();
  let listeners: (() => void)[] = [];

  const settle = (): void => {
    const now = listeners;
    listeners = [];
    for (const listener of now) listener();
  };

  const clear = (): void => {
    clearTimeout(timer);
    timer = undefined;
    waiting = [];
    waitingBytes = 0;
    isPartial = false;
    settle();
  };

  /** Writes what there is room for; returns the rest. */
  const write = (bytes: Uint8Array): Uint8Array => {
    let rest = bytes;
    try {
      while (rest.length > 0) {
        const count = writeSome(rest);
        if (count === 0) break;
        progressMs = performance.now();
        rest = rest.subarray(count);
      }
    } catch (error) {
      isGone = true;
      clear();
      onError(error as Error);
      return rest.subarray(rest.length);
    }
    return rest;
  };

  const drain = (): void => {
    timer = undefined;
    let written = 0;
    for (const { bytes, minor } of waiting) {
      const rest = write(bytes);
      if (isGone) return;
      waitingBytes -= bytes.length - rest.length;
      if (rest.length > 0) {
        if (rest.length < bytes.length) {
          isPartial = true;
          waiting[written] = { bytes: rest, minor };
        }
        break;
      }
      isPartial = false;
      written++;
    }
    waiting = waiting.slice(written);
    if (waiting.length > 0) timer = setTimeout(drain, retryMs);
    else settle();
  };

  const shrink = (): void => {
    if (waitingBytes <= mostBytes) return;
    for (const isMinor of [true, false]) {
      waiting = waiting.filter(({ bytes, minor }, index) => {
        const stays =
          waitingBytes <= mostBytes || (index === 0 && isPartial) || (isMinor && !minor);
        if (stays) return true;
        waitingBytes -= bytes.length;
        dropped = {
          texts: dropped.texts + 1,
          minor: dropped.minor + (minor ? 1 : 0),
        };
        return false;
      });
    }
  };

  return {
    push(bytes, { minor = false } = {}) {
      if (isGone || bytes.length === 0) return;
      if (waiting.length === 0) {
        const rest = write(bytes);
        if (rest.length === 0) return;
        isPartial = rest.length < bytes.length;
        waiting.push({ bytes: rest, minor });
        waitingBytes = rest.length;
        timer ??= setTimeout(drain, retryMs);
        return;
      }
      waiting.push({ bytes, minor });
      waitingBytes += bytes.length;
      shrink();
    },
    isCongested: () => waiting.length > 0,
    bound(most) {
      mostBytes = most;
      shrink();
    },
    takeDropped() {
      if (dropped.texts === 0 || waitingBytes > mostBytes / 2) return undefined;
      const taken = dropped;
      dropped = { texts: 0, minor: 0 };
      return taken;
    },
    async flushed(stallMs, { keeps = false } = {}) {
      while (waiting.length > 0) {
        const emptied = new Promise<'emptied'>((resolve) => {
          listeners.push(() => resolve('emptied'));
        });
        if (stallMs === undefined) {
          await emptied;
          return;
        }
        const leftMs = progressMs + stallMs - performance.now();
        let late: NodeJS.Timeout | undefined;
        const stalled = new Promise<'stalled'>((resolve) => {
          late = setTimeout(resolve, Math.max(0, leftMs), 'stalled');
        });
        const end = leftMs <= 0 ? 'stalled' : await Promise.race([emptied, stalled]);
        clearTimeout(late);
        if (end === 'emptied') return;
        if (performance.now() - progressMs < stallMs) continue;
        if (keeps) return;
        dropped = { ...dropped, texts: dropped.texts + waiting.length };
        clear();
      }
    },
  };
}
