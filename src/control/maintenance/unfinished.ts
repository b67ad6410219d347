import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { isNamed } from '../../planner/maintenance/remembered.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { type Audience, noteFailures, type Outcome } from '../audience.ts';
import { resumeRollout } from '../conduct/resume-rollout.ts';
import type { ControlPorts } from '../ports.ts';
import { openMaintenance, type Unfinished } from './open-maintenance.ts';
import type { MaintenanceRun } from './prepare.ts';

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
  const { store, dryRun, servers, pastFreeze } = run;
  const open = await openMaintenance(run, (server) =>
    servers.some((name) => isNamed(name, server)),
  );
  if (!open.ok) return open;
  const { halfway, replaces } = open.value;
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

const dryConflict = (halfway: readonly Unfinished[]): Failure => ({
  kind: 'conflict',
  what: `rollout ${halfway.map(({ rollout }) => rollout).join(', ')} was cut off on its way: without --dry-run this would go on with it`,
  next: ['look at it with ', ['status']],
});
