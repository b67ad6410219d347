import type { Clock } from '../rollout/ports.ts';
import type { AnyNotice, Ending, Target } from './target.ts';

export interface Listening<N extends AnyNotice> {
  isAskedFor(notice: N): boolean;
  readonly target: Target<N>;
}

export interface Notifier<N extends AnyNotice> {
  /** Takes a notice and returns at once, whatever becomes of the notice. */
  send(notice: N): void;
  /** Waits for notices that are still to be delivered, but not for long. */
  close(): Promise<void>;
}

export interface NotifierOptions<N extends AnyNotice> {
  readonly listening: readonly Listening<N>[];
  /** What a notice is about, in warnings: `of 20261123-141530042-7f3a`. */
  about(notice: N): string;
  /** What a recipient that wants no more gets no more of: `this rollout`. */
  readonly whole: string;
  readonly clock: Clock;
  /** Prints a line about a notice that could not be delivered. */
  warn(line: string): void;
  /** The time that deliveries may still take when the rollout is over. */
  readonly endWithinMs?: number;
}

/** Hands each notice to those who asked for it: in order for each of them, and none waiting for another. */
export function createNotifier<N extends AnyNotice>(options: NotifierOptions<N>): Notifier<N> {
  const { listening, clock, endWithinMs = 10_000 } = options;
  const near = new AbortController();
  const over = new AbortController();
  let deadlineMs = Number.POSITIVE_INFINITY;
  const ending: Ending = { near: near.signal, over: over.signal, deadlineMs: () => deadlineMs };
  const queues = listening.map(({ isAskedFor, target }) => ({
    isAskedFor,
    ...createQueue(target, ending, options),
  }));
  return {
    send(notice) {
      for (const { isAskedFor, add } of queues) if (isAskedFor(notice)) add(notice);
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

function createQueue<N extends AnyNotice>(
  { name, deliver }: Target<N>,
  ending: Ending,
  { about, whole, warn }: Pick<NotifierOptions<N>, 'about' | 'whole' | 'warn'>,
) {
  let last: Promise<void> = Promise.resolve();
  let isGone = false;
  const work = async (notice: N): Promise<void> => {
    if (isGone) return;
    const what = `drain: the notification "${notice.type}" ${about(notice)} to ${name}`;
    if (ending.over.aborted) {
      warn(`${what} was not sent: what came before it took too long`);
      return;
    }
    const delivery = await deliver(notice, ending);
    if (delivery.kind === 'delivered') return;
    isGone = delivery.kind === 'gone';
    const rest = isGone ? `; it gets no more of ${whole}` : '';
    warn(`${what} was not delivered: ${delivery.detail}${rest}`);
  };
  return {
    add(notice: N): void {
      last = last.then(() => work(notice));
    },
    idle: () => last,
  };
}
