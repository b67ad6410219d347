import type { EventBody } from '../../domain/events/event.ts';
import { stampEvent } from '../../domain/events/event.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import { rolloutId } from '../../domain/rollout/rollout-id.ts';
import { plannedEvents } from '../../rollout/events/planned.ts';
import type { Audience, Listener, Outcome } from '../audience.ts';
import type { ControlPorts } from '../ports.ts';
import { gateWarnings } from './gates-for.ts';
import type { RunRequest } from './request.ts';
import { timeWarnings } from './times/time-warnings.ts';

/** Shows the plan, asks where there is somebody to ask, and carries it out. */
export async function runPlan(
  ports: ControlPorts,
  request: RunRequest,
  audience: Audience,
): Promise<Outcome> {
  const listener = await audience.listen(request.opened);
  try {
    const { plan, dryRun } = request;
    const warnings = dryRun
      ? [...request.warnings, ...(await shownWarnings(ports, request))]
      : request.warnings;
    listener.plan(plan, warnings, request.estimates);
    if (dryRun) return await showRollout({ ...request, warnings }, audience, listener);
    if (!(await audience.confirm())) {
      audience.note({ kind: 'not-confirmed' });
      return { kind: 'not-confirmed', exitCode: exitCodeOf('usage') };
    }
    const { startRollout } = await import('./start.ts');
    return await startRollout(ports, request, { audience, listener });
  } finally {
    await listener.close();
  }
}

/** What a plan that is only shown has to say of its gates and of the time of day. */
async function shownWarnings(
  ports: ControlPorts,
  { plan, opened, state, store }: RunRequest,
): Promise<RunRequest['warnings']> {
  const place = store ?? (await ports.openStore(state, opened.access));
  return [...(await gateWarnings(ports, plan)), ...(await timeWarnings(place, plan, opened))];
}

/** Shows what would happen, and does nothing else. */
async function showRollout(
  { plan, warnings, opened: { clock } }: RunRequest,
  audience: Audience,
  listener: Listener,
): Promise<Outcome> {
  const rollout = rolloutId(clock.nowMs());
  const emit = (body: EventBody): void =>
    listener.event(stampEvent(body, rollout, clock.nowMs(), audience.actor));
  for (const body of plannedEvents(plan, warnings)) emit(body);
  const showable = await audience.canShow();
  if (showable.ok) {
    const message = 'dry run: nothing was changed';
    emit({ type: 'finished', outcome: 'done', exitCode: 0, message });
    return { kind: 'dry-run', exitCode: 0 };
  }
  const { failure } = showable;
  const exitCode = exitCodeOf(failure.kind);
  emit({ type: 'finished', outcome: 'refused', exitCode, message: failure.what });
  audience.note({ kind: 'refused', failure, diff: [] });
  return { kind: 'refused', exitCode };
}
