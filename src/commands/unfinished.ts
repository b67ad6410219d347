import { ok, type Result } from '../domain/failure.ts';
import { type MaintenanceDirection, maintenanceOf } from '../domain/maintenance.ts';
import { type MovedServer, movedServers } from '../domain/plan.ts';
import { courseOf } from '../rollout/course.ts';
import { foldJournal } from '../rollout/journal.ts';
import type { OutMark, Store } from '../rollout/ports.ts';
import type { RolloutState } from '../rollout/rollout-state.ts';
import { resourcesOf } from './rollout-resources.ts';

/** A rollout of maintenance that is under way, was cut off or is held. */
export interface Unfinished {
  readonly rollout: string;
  /** The process that runs it, if one does. */
  readonly pid?: number;
  /** Where it would end if it went on: an `out` that goes back brings its servers in. */
  readonly heading: MaintenanceDirection;
  /** Its weights are on the way, perhaps on a scale of their own: only its own steps lead on from there. */
  readonly isOnTheWay: boolean;
  readonly servers: readonly MovedServer[];
}

/** The rollouts that these marks name, as far as they are not over. */
export async function unfinishedOf(
  store: Store,
  marks: readonly OutMark[],
): Promise<Result<readonly Unfinished[]>> {
  const found: Unfinished[] = [];
  for (const rollout of new Set(marks.flatMap((mark) => mark.rollout ?? []))) {
    const read = await store.read(rollout);
    // A mark is written before its journal is: then nothing has been done yet.
    if (!read.ok && read.failure.kind === 'usage') continue;
    if (!read.ok) return read;
    const state = foldJournal(read.value);
    const direction = maintenanceOf(state.plan);
    if (!direction || (state.end && state.end.outcome !== 'held')) continue;
    const [resource = ''] = resourcesOf(state.plan, state.access);
    const holder = await store.holder(resource);
    found.push({
      rollout,
      ...(holder?.rollout === rollout ? { pid: holder.pid } : {}),
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
  if (phase.kind !== 'returning') return direction;
  return direction === 'out' ? 'in' : 'out';
};

const isOnTheWay = (state: RolloutState): boolean =>
  courseOf(state) !== undefined ||
  (state.phase.kind === 'returning' && state.phase.sinceMs === undefined);
