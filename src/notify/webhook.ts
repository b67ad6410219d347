import type { Clock } from '../rollout/ports.ts';
import { type Post, type PostAnswer, post } from './post.ts';
import { nextTryMs } from './retry.ts';
import { webhookHeaders } from './sign.ts';
import type { AnyNotice, Delivery, Ending, Target } from './target.ts';

export interface WebhookOptions {
  readonly url: string;
  /** The key that signs notices; without a key nothing is signed. */
  readonly key?: Buffer | undefined;
  readonly clock: Clock;
  /** A number in 0...1. */
  readonly random: () => number;
  /** The time limit of one try, in real time. */
  readonly tryTimeoutMs?: number;
  /** The time during which a notice is tried. */
  readonly tryForMs?: number;
}

/** A URL that gets each notice as JSON, tried until it is taken or no more. */
export function createWebhook(options: WebhookOptions): Target<AnyNotice> {
  const { url, key, clock, random, tryTimeoutMs = 10_000, tryForMs = 60_000 } = options;
  const { protocol, host } = new URL(url);
  return {
    // The rest of it may be a secret.
    name: `${protocol}//${host}`,
    deliver: (notice, ending) => deliver(notice, ending),
  };

  async function deliver(notice: AnyNotice, ending: Ending): Promise<Delivery> {
    const body = JSON.stringify(notice);
    const endMs = clock.nowMs() + tryForMs;
    for (let tries = 1; ; tries++) {
      const nowMs = clock.nowMs();
      const request: Post = {
        url,
        body,
        headers: webhookHeaders({ id: notice.id, body, nowMs }, key),
      };
      const limits = { signal: ending.over, timeoutMs: tryTimeoutMs };
      const answer = await post(request, nowMs, limits);
      if (answer.kind !== 'failed') return deliveryOf(answer);
      const failed: Delivery = { kind: 'failed', detail: `${answer.detail}${afterTries(tries)}` };
      if (ending.over.aborted || !(await waitForNext(answer, tries, endMs, ending))) return failed;
    }
  }

  /** Waits for the next try; returns false when another try is not worth it. */
  async function waitForNext(
    { notBeforeMs }: Extract<PostAnswer, { kind: 'failed' }>,
    tries: number,
    endMs: number,
    ending: Ending,
  ): Promise<boolean> {
    const deadlineMs = Math.min(endMs, ending.deadlineMs());
    const nowMs = clock.nowMs();
    const atMs = nextTryMs({ tries, nowMs, deadlineMs, random: random(), notBeforeMs });
    if (atMs === undefined) return false;
    // The end of the process cuts the wait short: one more try at once, unless that is unwelcome.
    const wasEnding = ending.near.aborted;
    await clock.sleepUntil(atMs, wasEnding ? ending.over : ending.near);
    if (!wasEnding && ending.near.aborted && (notBeforeMs ?? 0) > clock.nowMs()) {
      if (atMs >= ending.deadlineMs()) return false;
      await clock.sleepUntil(atMs, ending.over);
    }
    return !ending.over.aborted;
  }
}

const afterTries = (tries: number): string => (tries === 1 ? '' : `, ${tries} times`);

function deliveryOf(answer: Exclude<PostAnswer, { kind: 'failed' }>): Delivery {
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'delivered' };
    case 'refused':
      return { kind: 'failed', detail: answer.detail };
    case 'gone':
      return answer;
  }
}
