import type { CheckTiming } from '../../domain/health/guard.ts';
import type { Health } from './health.ts';

/**
 * Tells whether a good answer of `other` shows that the check itself works, so that a failing
 * server may be believed dead. `other` must be up, and have been asked since the first bad answer:
 * a fault that kills all servers at once, or breaks the check, leaves no such server, however early
 * one of them is found out. When the check is mended the servers answer well again one after
 * another; so a server that was bad meanwhile must have been good for long enough that every other
 * was asked too.
 */
export function isWitness(
  other: Health,
  failing: Health,
  nowMs: number,
  { intervalMs, timeoutMs }: CheckTiming,
): boolean {
  const good = other.streak;
  const bad = failing.streak;
  if (other.verdict !== 'up' || !good?.passed || !bad || bad.passed) return false;
  if (good.askedMs < bad.sinceMs) return false;
  return good.sinceMs < bad.sinceMs || nowMs - good.sinceMs >= intervalMs + timeoutMs;
}

/**
 * Tells of failing servers whether any of these is their witness. The one that was asked last is looked at first:
 * with thousands of servers, of which a rack fails, the first is nearly always enough.
 */
export function witnessesOf(
  all: readonly Health[],
): (failing: Health, nowMs: number, timing: CheckTiming) => boolean {
  const good = all
    .filter(({ verdict, streak }) => verdict === 'up' && streak?.passed)
    .sort((a, b) => (b.streak?.askedMs ?? 0) - (a.streak?.askedMs ?? 0));
  return (failing, nowMs, timing) => {
    for (const one of good) {
      // None after it was asked later.
      if ((one.streak?.askedMs ?? 0) < (failing.streak?.sinceMs ?? 0)) return false;
      if (isWitness(one, failing, nowMs, timing)) return true;
    }
    return false;
  };
}
