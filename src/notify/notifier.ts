import { isAskedFor, type Notice, type NoticeGroup } from '../domain/events/notice.ts';
import type { Clock } from '../rollout/ports.ts';
import type { Ending, Target } from './target.ts';

export interface Listening {
  readonly on: readonly NoticeGroup[];
  readonly target: Target;
}

export interface Notifier {
  /** Takes a notice and returns at once, whatever becomes of the notice. */
  send(notice: Notice): void;
  /** Waits for notices that are still to be delivered, but not for long. */
  close(): Promise<void>;
}

export interface NotifierOptions {
  readonly listening: readonly Listening[];
  readonly clock: Clock;
  /** Prints a line about a notice that could not be delivered. */
  warn(line: string): void;
  /** The time that deliveries may still take when the rollout is over. */
  readonly endWithinMs?: number;
}

/** Hands each notice to those who asked for it: in order for each of them, and none waiting for another. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { listening, clock, warn, endWithinMs = 10_000 } = options;
  const near = new AbortController();
  const over = new AbortController();
  let deadlineMs = Number.POSITIVE_INFINITY;
  const ending: Ending = { near: near.signal, over: over.signal, deadlineMs: () => deadlineMs };
  const queues = listening.map(({ on, target }) => ({ on, ...createQueue(target, ending, warn) }));
  return {
    send(notice) {
      for (const { on, add } of queues) if (isAskedFor(notice, on)) add(notice);
    },
    async close() {
      deadlineMs = clock.nowMs() + endWithinMs;
      near.abort();
      const idle = new AbortController();
      const all = Promise.all(queues.map((queue) => queue.idle())).then(() => idle.abort());
      await clock.sleepUntil(deadlineMs, idle.signal);
      over.abort();
      await all;
    },
  };
}

function createQueue({ name, deliver }: Target, ending: Ending, warn: NotifierOptions['warn']) {
  let last: Promise<void> = Promise.resolve();
  let isGone = false;
  const work = async (notice: Notice): Promise<void> => {
    if (isGone) return;
    const what = `drain: the notification "${notice.type}" of ${notice.rollout} to ${name}`;
    if (ending.over.aborted) {
      warn(`${what} was not sent: what came before it took too long`);
      return;
    }
    const delivery = await deliver(notice, ending);
    if (delivery.kind === 'delivered') return;
    isGone = delivery.kind === 'gone';
    const rest = isGone ? '; it gets no more of this rollout' : '';
    warn(`${what} was not delivered: ${delivery.detail}${rest}`);
  };
  return {
    add(notice: Notice): void {
      last = last.then(() => work(notice));
    },
    idle: () => last,
  };
}
