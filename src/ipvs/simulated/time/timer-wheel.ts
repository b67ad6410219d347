const bucketMs = 100;

/** An event at a time. One object is armed and disarmed as often as needed. */
export abstract class Timer {
  /** The time when the timer fires; meaningless while it is not armed. */
  dueMs = 0;
  /**
   * The place of the timer in the wheel; 0 is not armed. Timers due at the same time fire in the
   * order they were armed.
   */
  armed = 0;
  slot = -1;

  abstract fire(): void;
}

export class ActionTimer extends Timer {
  private readonly action: () => void;

  constructor(action: () => void) {
    super();
    this.action = action;
  }

  override fire(): void {
    this.action();
  }
}

interface Due {
  readonly dueMs: number;
  readonly armed: number;
  readonly timer: Timer;
}

/**
 * Virtual time and everything that waits for it. Arming and disarming cost the same with a million
 * timers as with ten: only the timers of the current tenth of a second are ever put in order.
 */
export class TimerWheel {
  private timeMs: number;
  private armings = 0;
  private readonly buckets = new Map<number, Timer[]>();
  private readonly bucketNumbers = new Heap<number>((a, b) => a - b);
  /** The timers of the bucket that is being worked off, and of every earlier time. */
  private readonly front = new Heap<Due>((a, b) => a.dueMs - b.dueMs || a.armed - b.armed);
  private frontBucket: number;

  constructor(startMs: number) {
    this.timeMs = startMs;
    this.frontBucket = bucketOf(startMs);
  }

  get nowMs(): number {
    return this.timeMs;
  }

  /** Arms a timer, anew if it is armed already. */
  arm(timer: Timer, dueMs: number): void {
    this.disarm(timer);
    timer.dueMs = dueMs;
    timer.armed = ++this.armings;
    const number = bucketOf(dueMs);
    if (number <= this.frontBucket) {
      this.front.push({ dueMs, armed: timer.armed, timer });
      return;
    }
    let bucket = this.buckets.get(number);
    if (!bucket) {
      bucket = [];
      this.buckets.set(number, bucket);
      this.bucketNumbers.push(number);
    }
    timer.slot = bucket.length;
    bucket.push(timer);
  }

  disarm(timer: Timer): void {
    if (timer.armed === 0) return;
    timer.armed = 0;
    if (timer.slot < 0) return;
    const bucket = this.buckets.get(bucketOf(timer.dueMs));
    const last = bucket?.pop();
    if (bucket && last && last !== timer) {
      bucket[timer.slot] = last;
      last.slot = timer.slot;
    }
    timer.slot = -1;
  }

  /** Fires everything that is due up to and including this time, in order. */
  advanceTo(targetMs: number): void {
    for (let due = this.nextDue(targetMs); due; due = this.nextDue(targetMs)) {
      this.timeMs = Math.max(this.timeMs, due.dueMs);
      due.timer.armed = 0;
      due.timer.fire();
    }
    this.timeMs = Math.max(this.timeMs, targetMs);
  }

  private nextDue(targetMs: number): Due | undefined {
    for (;;) {
      const first = this.front.peek();
      if (first && first.timer.armed !== first.armed) {
        this.front.pop();
      } else if (first) {
        return first.dueMs <= targetMs ? this.front.pop() : undefined;
      } else if (!this.openNextBucket(targetMs)) {
        return undefined;
      }
    }
  }

  private openNextBucket(targetMs: number): boolean {
    const number = this.bucketNumbers.peek();
    if (number === undefined || number > bucketOf(targetMs)) return false;
    this.bucketNumbers.pop();
    this.frontBucket = number;
    for (const timer of this.buckets.get(number) ?? []) {
      timer.slot = -1;
      this.front.push({ dueMs: timer.dueMs, armed: timer.armed, timer });
    }
    this.buckets.delete(number);
    return true;
  }
}

const bucketOf = (timeMs: number): number => Math.floor(timeMs / bucketMs);

/** A binary heap: the smallest item comes out first. */
class Heap<T> {
  private readonly items: T[] = [];
  private readonly compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.compare = compare;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items, compare } = this;
    let index = items.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] as T;
      if (compare(above, item) <= 0) break;
      items[index] = above;
      index = parent;
    }
    items[index] = item;
  }

  pop(): T | undefined {
    const { items, compare } = this;
    const first = items[0];
    const last = items.pop() as T;
    const size = items.length;
    if (size === 0) return first;
    let index = 0;
    for (let child = 1; child < size; child = 2 * index + 1) {
      if (child + 1 < size && compare(items[child + 1] as T, items[child] as T) < 0) child++;
      if (compare(last, items[child] as T) <= 0) break;
      items[index] = items[child] as T;
      index = child;
    }
    items[index] = last;
    return first;
  }
}
