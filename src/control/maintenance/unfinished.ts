import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { type MaintenanceDirection, maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { type MovedServer, movedServers } from '../../domain/rollout/plan.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import { isNamed } from '../../planner/maintenance/remembered.ts';
import type { MaintenanceMark, Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { isOnTheWay } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import { processOf } from '../../watch/watch-rollout.ts';
import { type Audience, noteFailures, type Outcome } from '../audience.ts';
import { marksOf } from '../conduct/marks.ts';
import { resumeRollout } from '../conduct/resume-rollout.ts';
import type { ControlPorts } from '../ports.ts';
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

export interface Resumed {
  /** The outcome of a resumed rollout that did not arrive; nothing more is to be done then. */
  readonly stopped?: Outcome;
  /** Servers that the resumed rollouts have brought to where they were to go. */
  readonly finished: Unfinished['servers'];
  /** Rollouts that have stopped where a new one can take over. */
  readonly replaces: readonly string[];
}

/**
 * Resumes an earlier call that was cut off in the middle of its steps: from there only its own steps
 * lead on. In the middle of the opposite direction nothing is done.
 */
export async function resumeUnfinished(
  ports: ControlPorts,
  run: MaintenanceRun,
  audience: Audience,
): Promise<Result<Resumed>> {
  const { direction, store, dryRun, opened, servers, pastFreeze } = run;
  const marks = await marksOf(store, opened.access);
  if (!marks.ok) return marks;
  const own = marks.value.filter(
    ({ reason, server }) => reason === 'operator' && servers.some((name) => isNamed(name, server)),
  );
  const open = await unfinishedOf(store, own);
  if (!open.ok) return open;
  const inTheWay = open.value.find(
    ({ pid, isOnTheWay, heading }) => pid !== undefined || (isOnTheWay && heading !== direction),
  );
  if (inTheWay) return fail(conflict(inTheWay));
  const halfway = open.value.filter(({ isOnTheWay }) => isOnTheWay);
  const replaces = open.value.flatMap((one) => (one.isOnTheWay ? [] : [one.rollout]));
  if (halfway.length === 0) return ok({ finished: [], replaces });
  if (dryRun) return fail(dryConflict(halfway));
  const stop = ports.listenForStop();
  for (const { rollout } of halfway) {
    audience.note({ kind: 'resuming', rollout });
    const resumed = await resumeRollout(
      ports,
      { rollout, store, stop, direction: 'forward', pastFreeze },
      audience,
    );
    const after = await store.read(rollout);
    if (!after.ok) return after;
    const arrived = ['done', 'rolled-back'].includes(foldJournal(after.value).end?.outcome ?? '');
    if (arrived) continue;
    return ok({
      stopped: resumed.ok ? resumed.value : refused(audience, resumed.failure),
      finished: [],
      replaces,
    });
  }
  return ok({ replaces, finished: halfway.flatMap((one) => one.servers) });
}

const refused = (audience: Audience, failure: Failure): Outcome => ({
  kind: 'refused',
  exitCode: noteFailures(audience, [failure]),
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

const dryConflict = (halfway: readonly Unfinished[]): Failure => ({
  kind: 'conflict',
  what: `rollout ${halfway.map(({ rollout }) => rollout).join(', ')} was cut off on its way: without --dry-run this would go on with it`,
  next: ['look at it with ', ['status']],
});
