import type { DrainEvent, EventBody } from './event.ts';

/** What happened, with the time and the rollout that it happened in. */
export const stampEvent = (body: EventBody, rollout: string, nowMs: number): DrainEvent => ({
  v: 1,
  at: new Date(nowMs).toISOString(),
  rollout,
  ...body,
});
