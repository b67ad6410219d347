import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../rollout/ports.ts';

/** The part of a simulation that moves along with the clock. */
export interface VirtualTime {
  readonly nowMs: number;
  advanceTo(timeMs: number): void;
}

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** The longest real time between two moves of paced virtual time, so that a picture can move. */
const sliceMs = 50;

/** After a stop of the process (Ctrl-Z) time goes on from where it stood, instead of jumping. */
const longestSliceMs = 250;

/** The longest stretch of virtual time at full speed, after which the event loop has its turn. */
const longestStrideMs = 1_000;

/**
 * Virtual time, which passes only while somebody sleeps: as fast as the model can follow, or
 * `speed` virtual seconds a real one. With several sleepers time goes to the earliest one first,
 * and between two steps the event loop gets its turn, so that signals and other promises are heard.
 */
export class VirtualClock implements Clock {
  private readonly time: VirtualTime;
  /** The virtual seconds in a real one; 0 is as fast as possible. */
  private readonly speed: number;
  private readonly sleepers = new Set<Sleeper>();
  private running = false;
  private endSlice = () => {};
  /** The work that goes on in real time; `goOn` is called when none of it is left. */
  private readonly realWork = new Set<symbol>();
  private goOn = () => {};

  constructor(time: VirtualTime, speed = 0) {
    this.time = time;
    this.speed = speed;
  }

  nowMs(): number {
    return Math.floor(this.time.nowMs);
  }

  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        this.sleepers.delete(sleeper);
        // Nobody may be left to wait for, or the next one is nearer now.
        this.endSlice();
        resolve();
      };
      const sleeper: Sleeper = { untilMs: timeMs, wake };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
      this.endSlice();
      if (!this.running) void this.run();
    });
  }

  /**
   * Stops virtual time until `work` is done: a question to something real takes real time, in which
   * hours would pass here.
   */
  async standStill<T>(work: () => Promise<T>): Promise<T> {
    const mark = Symbol();
    this.realWork.add(mark);
    try {
      return await work();
    } finally {
      this.realWork.delete(mark);
      if (this.realWork.size === 0) this.goOn();
    }
  }

  private async run(): Promise<void> {
    this.running = true;
    for (;;) {
      const startedAt = performance.now();
      // Whoever was woken goes to sleep again first: it may be the next one due.
      await setImmediate();
      if (this.sleepers.size === 0) break;
      if (this.realWork.size > 0) {
        await new Promise<void>((resolve) => {
          this.goOn = resolve;
        });
        continue;
      }
      const restMs = this.speed === 0 ? 0 : (this.nextMs - this.time.nowMs) / this.speed;
      if (restMs >= 1) await this.realTime(Math.min(restMs, sliceMs));
      if (this.sleepers.size === 0) break;
      const elapsedMs = Math.min(performance.now() - startedAt, longestSliceMs);
      this.advance(this.speed === 0 ? longestStrideMs : elapsedMs * this.speed);
    }
    this.running = false;
  }

  private get nextMs(): number {
    return Math.min(...[...this.sleepers].map((sleeper) => sleeper.untilMs));
  }

  private advance(byMs: number): void {
    const { time } = this;
    time.advanceTo(Math.max(time.nowMs, Math.min(this.nextMs, time.nowMs + byMs)));
    for (const sleeper of [...this.sleepers]) {
      if (sleeper.untilMs <= time.nowMs) sleeper.wake();
    }
  }

  /** Waits in real time; ends early when the set of sleepers changes. */
  private async realTime(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.endSlice = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.endSlice = () => {};
  }
}
