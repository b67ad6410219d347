import type { ServerKey } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { type MaintenanceDirection, maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { type MovedServer, movedServers } from '../../domain/rollout/plan.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import type { MaintenanceMark, Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { isOnTheWay } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import { processOf } from '../../watch/watch-rollout.ts';
import { marksOf } from '../conduct/marks.ts';
import type { MaintenanceRun } from './prepare.ts';

/** A rollout of maintenance that is under way, was cut off or is held. */
export interface Unfinished {
  readonly rollout: string;
  /** The process that runs it, if one does. */
  readonly pid?: number;
  /** The direction it ends in when resumed: an `out` that rolls back brings its servers in. */
  readonly heading: MaintenanceDirection;
  /** Whether weights are amid a ramp, perhaps on another scale: only its own steps lead on. */
  readonly isOnTheWay: boolean;
  readonly servers: readonly MovedServer[];
}

/** The rollouts that these marks name, as far as they are not over. */
export async function unfinishedOf(
  store: Store,
  marks: readonly MaintenanceMark[],
): Promise<Result<readonly Unfinished[]>> {
  const found: Unfinished[] = [];
  for (const rollout of new Set(marks.flatMap((mark) => mark.rollout ?? []))) {
    const read = await store.read(rollout);
    // A mark is written before its journal is: then nothing has been done yet.
    if (!read.ok && read.failure.kind === 'usage') continue;
    if (!read.ok) return read;
    const state = foldJournal(read.value);
    const direction = maintenanceOf(state.plan);
    if (!direction || isFinalEnd(state.end)) continue;
    const holder = await processOf(store, state);
    found.push({
      rollout,
      ...(holder ? { pid: holder.pid } : {}),
      heading: headingOf(direction, state),
      isOnTheWay: isOnTheWay(state),
      servers: movedServers(state.plan),
    });
  }
  return ok(found);
}

const headingOf = (
  direction: MaintenanceDirection,
  { phase }: RolloutState,
): MaintenanceDirection => {
  if (phase.kind !== 'rolling-back') return direction;
  return direction === 'out' ? 'in' : 'out';
};

export interface OpenMaintenance {
  /** Rollouts that were cut off in the middle of their steps, in the same direction. */
  readonly halfway: readonly Unfinished[];
  /** Rollouts that have stopped where a new one can take over. */
  readonly replaces: readonly string[];
}

/** The maintenance of an operator's servers that is not over; fails where one of it is in the way. */
export async function openMaintenance(
  { direction, store, opened }: Pick<MaintenanceRun, 'direction' | 'store' | 'opened'>,
  isMeant: (server: ServerKey) => boolean,
): Promise<Result<OpenMaintenance>> {
  const marks = await marksOf(store, opened.access);
  if (!marks.ok) return marks;
  const own = marks.value.filter(({ reason, server }) => reason === 'operator' && isMeant(server));
  const open = await unfinishedOf(store, own);
  if (!open.ok) return open;
  const inTheWay = open.value.find(
    ({ pid, isOnTheWay, heading }) => pid !== undefined || (isOnTheWay && heading !== direction),
  );
  if (inTheWay) return fail(conflict(inTheWay));
  return ok({
    halfway: open.value.filter(({ isOnTheWay }) => isOnTheWay),
    replaces: open.value.flatMap((one) => (one.isOnTheWay ? [] : [one.rollout])),
  });
}

/** The failure of a plan for servers that an earlier rollout was cut off with. */
export const comesFirst = ([first, ...others]: readonly Unfinished[]): Failure => ({
  kind: 'conflict',
  what: `rollout ${[first, ...others].map((one) => one?.rollout).join(', ')} was cut off on its way, and has to end first`,
  next: ['end it: ', ['resume', first?.rollout ?? ''], ', or ', ['rollback', first?.rollout ?? '']],
});

const conflict = ({ rollout, pid, heading }: Unfinished): Failure => ({
  kind: 'conflict',
  what:
    pid === undefined
      ? `rollout ${rollout} was cut off while it brought weights ${heading === 'out' ? 'down' : 'back'}, so the table is between two states`
      : `rollout ${rollout} is under way (process ${pid}), with the same server`,
  next:
    pid === undefined
      ? ['end it first: ', ['resume', rollout], ', or ', ['rollback', rollout]]
      : ['wait for it, or go back with ', ['rollback', rollout]],
});
