import { fail, ok, type Result } from '../../domain/failure.ts';
import { parseMoment } from '../../domain/moment.ts';
import { printable } from '../../domain/printable.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { timeText } from '../../domain/time/time-text.ts';
import type { Clock } from '../../rollout/ports.ts';

/** The time at which a rollout is to begin, by the clock on the wall of its directors. */
export function startTime(
  at: string | undefined,
  clock: Pick<Clock, 'nowMs' | 'wallMs'>,
): Result<Pick<Plan, 'startsAtMs'>> {
  if (at === undefined) return ok({});
  const wallMs = clock.wallMs?.() ?? clock.nowMs();
  const startsAtMs = parseMoment(at, wallMs);
  if (startsAtMs !== undefined && startsAtMs > wallMs) return ok({ startsAtMs });
  return fail({
    kind: 'usage',
    what: `--at ${printable(at)} is over already: it is ${timeText(wallMs)}`,
    next: 'give a time that is to come, such as 2h or 18:00, or leave it out to begin now',
  });
}
