/** The size from which a heap is not small, and from which frequent collection would take time. */
const smallHeapBytes = 48_000_000;

/** The time in which a heap that has become large is noticed. */
const watchMs = 200;

let hasBursts = false;

/**
 * Leaves the room for new objects to V8, for a process to which others send more than it keeps: in a small one
 * 10,000 heartbeats of a cluster's nodes take half as much time again, all of it collection. Called before or after
 * `keepHeapSmall`; a busy process takes some 3 MB more for it, and gives them back.
 */
export function leaveRoomForBursts(): void {
  hasBursts = true;
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=2');
}

/**
 * Keeps the heap of a process small that stays, and waits for most of its time: V8 collects its
 * garbage sooner instead of taking more memory, and gives back what V8 does not need. By itself V8
 * lets a rollout that holds 12 MB grow to 70. A heap that is large already, or becomes so with the
 * listings of hundreds of services, is left to V8: half of the time would be collection.
 */
export function keepHeapSmall(): void {
  // Not imported: only those who stay pay for loading it.
  const { getHeapStatistics, setFlagsFromString } = process.getBuiltinModule('node:v8');
  const isLarge = (): boolean => getHeapStatistics().used_heap_size > smallHeapBytes;
  if (isLarge()) return;
  // Read at each collection, and whenever a space is about to grow, so they may be set at any time.
  if (!hasBursts) setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--compact-on-every-full-gc');
  const watch = setInterval(() => {
    if (!isLarge()) return;
    clearInterval(watch);
    leaveRoomForBursts();
    setFlagsFromString('--no-optimize-for-size');
    setFlagsFromString('--no-compact-on-every-full-gc');
  }, watchMs);
  watch.unref();
}
