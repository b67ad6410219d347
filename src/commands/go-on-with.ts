import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { isNamed } from '../planner/remembered.ts';
import { foldJournal } from '../rollout/journal.ts';
import type { Environment } from './environment.ts';
import { goOn } from './go-on.ts';
import type { MaintenanceRun } from './maintenance-run.ts';
import { marksOf } from './out-marks.ts';
import { type Unfinished, unfinishedOf } from './unfinished.ts';

export interface WentOn {
  readonly exitCode: number;
  /** What the rollouts that went on have brought where it was to go. */
  readonly finished: Unfinished['servers'];
  /** Rollouts that have stopped where a new one can take over. */
  readonly replaces: readonly string[];
}

/**
 * An earlier call that was cut off in the middle of its steps is gone on with: from there only its own
 * steps lead on. In the middle of the opposite way nothing is done.
 */
export async function goOnWith(env: Environment, run: MaintenanceRun): Promise<Result<WentOn>> {
  const { direction, store, settings, opened, servers } = run;
  const marks = await marksOf(store.marks, opened.access);
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
  if (halfway.length === 0) return ok({ exitCode: 0, finished: [], replaces });
  if (settings.tools.dryRun) return fail(dryConflict(halfway));
  const stop = env.listenForStop();
  for (const { rollout } of halfway) {
    env.err(`drain: going on with rollout ${rollout}, which was cut off\n`);
    const { tools } = settings;
    const exitCode = await goOn(env, { rollout, store, tools, stop, direction: 'forward' });
    const after = await store.read(rollout);
    if (!after.ok) return after;
    const arrived = ['done', 'rolled-back'].includes(foldJournal(after.value).end?.outcome ?? '');
    if (!arrived) return ok({ exitCode, finished: [], replaces });
  }
  return ok({ exitCode: 0, replaces, finished: halfway.flatMap((one) => one.servers) });
}

const conflict = ({ rollout, pid, heading }: Unfinished): Failure => ({
  kind: 'conflict',
  what:
    pid === undefined
      ? `rollout ${rollout} was cut off while it brought weights ${heading === 'out' ? 'down' : 'back'}, so the table is between two states`
      : `rollout ${rollout} is under way (process ${pid}), with the same server`,
  next:
    pid === undefined
      ? `end it first: drain resume ${rollout}, or drain rollback ${rollout}`
      : `wait for it, or go back with drain rollback ${rollout}`,
});

const dryConflict = (halfway: readonly Unfinished[]): Failure => ({
  kind: 'conflict',
  what: `rollout ${halfway.map(({ rollout }) => rollout).join(', ')} was cut off on its way: without --dry-run this would go on with it`,
  next: 'look at it with drain status',
});
