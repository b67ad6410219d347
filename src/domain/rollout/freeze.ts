import { type Actor, whoText } from '../actor/actor.ts';
import type { Failure } from '../failure.ts';
import { printable } from '../printable.ts';
import { dueText, timeText } from '../time/time-text.ts';

/** A time in which no rollout is to start. */
export interface Freeze extends Actor {
  readonly reason: string;
  readonly sinceMs: number;
  /** Absent: until somebody ends it. */
  readonly untilMs?: number;
}

/** The id of the one freeze that a state has. */
export const freezeId = 'all';

export const isInForce = ({ untilMs = Number.POSITIVE_INFINITY }: Freeze, nowMs: number): boolean =>
  nowMs < untilMs;

/** `frozen by anna on lb1 since 2026-11-27 08:00 UTC, until 2026-11-28 08:00 UTC: Black Friday`. */
export function freezeText(freeze: Freeze): string {
  const { reason, sinceMs, untilMs } = freeze;
  const until = untilMs === undefined ? 'until somebody ends it' : `until ${dueText(untilMs)}`;
  return `frozen by ${whoText(freeze)} since ${timeText(sinceMs)}, ${until}: ${printable(reason, 600)}`;
}

/** The failure of whoever starts a rollout meanwhile. */
export const frozenFailure = (freeze: Freeze): Failure => ({
  kind: 'preflight',
  what: `rollouts are ${freezeText(freeze)}`,
  next: ['end the freeze: ', ['unfreeze'], '; or give the same command with --override'],
});
