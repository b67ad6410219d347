import type { ServerName } from '../../domain/address.ts';
import { ok, type Result } from '../../domain/failure.ts';
import { isNamed } from '../../planner/maintenance/remembered.ts';
import { marksOf } from '../conduct/marks.ts';
import type { AroundContext } from './context.ts';

const askEveryMs = 1_000;

/**
 * Waits until health keeps none of these servers out any more, `untilMs` at the longest, or until a
 * signal comes: a server that has just been started may be dead in a guard's eyes for a while.
 */
export async function awaitGuard(
  { store, opened: { access, clock }, stop }: Pick<AroundContext, 'store' | 'opened' | 'stop'>,
  servers: readonly ServerName[],
  untilMs: number,
): Promise<Result<'healthy' | 'kept-out'>> {
  for (;;) {
    const marks = await marksOf(store, access);
    if (!marks.ok) return marks;
    const isKeptOut = marks.value.some(
      ({ reason, server, percent }) =>
        reason === 'health' &&
        percent === undefined &&
        servers.some((name) => isNamed(name, server)),
    );
    if (!isKeptOut) return ok('healthy');
    if (clock.nowMs() >= untilMs || stop.requested()) return ok('kept-out');
    await clock.sleepUntil(Math.min(untilMs, clock.nowMs() + askEveryMs), stop.signal());
  }
}
