import { stampEvent } from '../../../domain/events/event.ts';
import type { Failure, Result } from '../../../domain/failure.ts';
import type { StopSwitch, Store } from '../../../rollout/ports.ts';
import type { RolloutState } from '../../../rollout/state/rollout-state.ts';
import type { Audience, Listener } from '../../audience.ts';
import { recheckFloors } from '../../floor/keep-floors.ts';
import { heedFreeze, overriddenWarning, type PastFreeze } from '../../freeze.ts';
import type { ControlPorts, OpenFleet } from '../../ports.ts';
import { checkNewServers } from '../check-servers.ts';
import { claimedService } from '../claimed-service.ts';
import { findTables } from '../find-tables.ts';

export interface ExaminedAgain {
  /** The state of a rollout that has not begun. */
  readonly state: RolloutState;
  readonly opened: OpenFleet;
  readonly store: Store;
  readonly stop: StopSwitch;
  readonly audience: Audience;
  readonly hear: Listener['event'];
  readonly past?: PastFreeze | undefined;
  readonly force?: boolean | undefined;
}

/**
 * Examines under its locks a rollout whose time has come: a freeze, other rollouts that have the services by
 * now, the new servers and the tables. Bystanders may have changed, as they may in a ramp. The failure is
 * told with what to do next.
 */
export async function examineAgain(
  ports: ControlPorts,
  examined: ExaminedAgain,
): Promise<Failure | undefined> {
  const { state, opened, store, stop, audience, hear, past, force = false } = examined;
  const { rollout, plan, access } = state;
  const refused = (failure: Failure, diff: readonly string[] = []): Failure => {
    audience.note({ kind: 'refused', failure, diff });
    return failure;
  };
  const emit = (body: Parameters<typeof stampEvent>[0]): void =>
    hear(stampEvent(body, rollout, opened.clock.nowMs()));
  const unfrozen: Result<string | undefined> = await heedFreeze(store, opened, past);
  if (!unfrozen.ok) return refused(unfrozen.failure);
  if (unfrozen.value) emit(overriddenWarning(unfrozen.value));
  const unclaimed = await claimedService(store, { plan, access, replaces: [rollout], force });
  if (!unclaimed.ok) return refused(unclaimed.failure);
  for (const failure of unclaimed.value) audience.note({ kind: 'passed-over', failure });
  const start = { rollout, stop, emit };
  const checked = await checkNewServers(ports, { plan, opened, audience }, start);
  if (!checked.ok && !force) return refused(checked.failure);
  if (!checked.ok) audience.note({ kind: 'passed-over', failure: checked.failure });
  const floored = await recheckFloors(store, plan, { access, replaces: [] });
  if (!floored.ok) return refused(floored.failure);
  const standing = {
    state,
    opened,
    store,
    stop,
    direction: 'forward',
    accepts: false,
    force,
  } as const;
  const found = await findTables(ports, standing, audience);
  if (found.ok) return undefined;
  const { failure, diff } = found.failure;
  return refused(diff.length > 0 ? { ...failure, next: putRight } : failure, diff);
}

const putRight =
  'put it right with the commands below, or begin with the table as it is: this rollout is over';
