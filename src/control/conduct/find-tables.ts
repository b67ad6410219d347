import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { PrintedCommand } from '../../domain/printed-command.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import { inCommand } from '../../planner/diagnose/examine-marks.ts';
import { rememberedBy } from '../../planner/maintenance/remembered.ts';
import type { FoundTable } from '../../rollout/journal/differences.ts';
import { listWhatIsThere, type StaleBaseline } from '../../rollout/journal/open.ts';
import {
  type KeptOut,
  type Reconciled,
  reconcile,
  type TableConflict,
} from '../../rollout/journal/reconcile.ts';
import type { MaintenanceMark, StopSwitch, Store } from '../../rollout/ports.ts';
import { drainKey } from '../../rollout/state/director-state.ts';
import type { JournalBody } from '../../rollout/state/journal.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import type { Audience } from '../audience.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import { type KnownMark, marksOf } from './marks.ts';

/** The time that services may take to come into the table: after a boot something else restores it. */
const patienceMs = 30_000;
const lookEveryMs = 1_000;

/** A rollout that stands still, and what it is brought on with. */
export interface Standing {
  readonly state: RolloutState;
  readonly opened: Pick<OpenFleet, 'directors' | 'clock'>;
  readonly store: Pick<Store, 'marks'>;
  readonly stop: StopSwitch;
  readonly direction: 'forward' | 'back';
  /** Whether the tables are taken as they are. */
  readonly accepts: boolean;
  /** Whether a rollback may leave a service without weight. */
  readonly force: boolean;
}

/**
 * The entries that bring a journal to the live tables, before anything is written or edited. Waits a
 * while for services that are not there yet. Fails where a table is somebody else's by now, with the
 * commands that would put it right.
 */
export async function findTables(
  ports: Pick<ControlPorts, 'editCommands'>,
  standing: Standing,
  audience: Pick<Audience, 'waitingFor'>,
): Promise<Result<readonly JournalBody[], StaleBaseline>> {
  const { state, opened, store, stop, accepts } = standing;
  const marks = await marksOf(store, state.access);
  if (!marks.ok) return fail({ failure: marks.failure, diff: [] });
  const look = async (): Promise<Reconciled> =>
    reconcile(state, await listServices(standing, marks.value), { accepts });
  let found = await look();
  const [first] = found.missing;
  if (first) {
    const deadlineMs = opened.clock.nowMs() + patienceMs;
    found = await audience.waitingFor({ kind: 'service', service: first.service }, async () => {
      let latest = found;
      while (latest.missing.length > 0 && opened.clock.nowMs() < deadlineMs && !stop.requested()) {
        await opened.clock.sleepUntil(opened.clock.nowMs() + lookEveryMs, stop.signal());
        latest = await look();
      }
      return latest;
    });
  }
  const [missing] = found.missing;
  if (missing) return fail({ failure: notThere(state, missing), diff: [] });
  if (found.conflicts.length > 0) return fail(await changedTable(ports, standing, found.conflicts));
  const [emptied] = standing.force ? [] : found.emptied[standing.direction];
  if (emptied) return fail({ failure: leavesNone(standing, emptied), diff: [] });
  const [short] = standing.force || standing.direction === 'forward' ? [] : found.belowFloor;
  if (short) return fail({ failure: belowFloor(state, short), diff: [] });
  const [kept] = found.keptOut[standing.direction];
  return kept
    ? fail({ failure: keptOut(standing, kept, marks.value), diff: [] })
    : ok(found.entries);
}

/** The tables of directors that count and answer; the engine has its own way with the others. */
async function listServices(
  { state, opened }: Standing,
  marks: readonly MaintenanceMark[],
): Promise<readonly FoundTable[]> {
  const tables = await Promise.all(
    state.plan.directors.map(async ({ director: name, services }) => {
      const director = opened.directors.get(name);
      if (!director || state.directors.get(name)?.lost) return [];
      const snapshot = await listWhatIsThere(
        director,
        services.map(({ service }) => service),
      );
      if (!snapshot.ok) return [];
      const table = tableOf(accessOf(state.access, name));
      const marked = new Map(
        marks
          .filter((mark) => mark.table === table)
          .map(({ service, server, reason }) => [drainKey(service, server), reason] as const),
      );
      return [{ director: name, snapshot: snapshot.value, marked }];
    }),
  );
  return tables.flat();
}

const notThere = (
  state: Standing['state'],
  { director, service }: Reconciled['missing'][number],
): Failure => ({
  kind: 'conflict',
  what: `${service} is not in the table of ${director}`,
  next: ['restore the table and call this again', ...orAbandon(state)],
});

const orAbandon = ({ rollout, end }: Standing['state']): readonly (string | PrintedCommand)[] =>
  isFinalEnd(end) ? [] : ['; or give the rollout up: ', ['abandon', rollout]];

function leavesNone(
  { state, direction }: Standing,
  { director, service }: Reconciled['emptied']['back'][number],
): Failure {
  const { rollout } = state;
  return {
    kind: 'preflight',
    what: `the way ${direction === 'back' ? 'back' : 'on'} would leave ${service} on ${director} without any weight, and its clients would be refused; nothing was changed`,
    next: [
      'bring another server in first, or ',
      ...(direction === 'back'
        ? (['go back all the same: ', ['rollback', rollout, '--force']] as const)
        : (['go back: ', ['rollback', rollout]] as const)),
      ...orAbandon(state),
    ],
  };
}

const belowFloor = (
  { rollout }: Standing['state'],
  { director, service, detail }: Reconciled['belowFloor'][number],
): Failure => ({
  kind: 'preflight',
  what: `the way back would take ${service} on ${director} below its floor: ${detail}; nothing was changed`,
  next: [
    'bring another server in first, or go back all the same: ',
    ['rollback', rollout, '--force'],
  ],
});

function keptOut(
  { state: { rollout }, direction }: Standing,
  { service, server }: KeptOut,
  marks: readonly KnownMark[],
): Failure {
  const mark = rememberedBy(marks, 'operator', service, server);
  return direction === 'back'
    ? {
        kind: 'conflict',
        what: `an operator has ${server} in ${service} out, and the way back would fill it`,
        next: [
          'bring it in first: ',
          [...inCommand(server, mark?.at), ...(mark?.weight === 0 ? ['--force'] : [])],
          '; or go back and fill it all the same: ',
          ['rollback', rollout, '--accept'],
        ],
      }
    : {
        kind: 'conflict',
        what: `${server} in ${service} is kept at weight 0, by drain guard or by an operator, and this rollout would fill it`,
        next: [
          'bring it back first (a guard does so when its check passes), or go back with ',
          ['rollback', rollout],
          '; or fill it all the same: ',
          ['resume', rollout, '--accept'],
        ],
      };
}

/** The first conflict in words, and beside it every command that would put the tables right. */
async function changedTable(
  { editCommands }: Pick<ControlPorts, 'editCommands'>,
  { state, direction }: Standing,
  conflicts: readonly TableConflict[],
): Promise<StaleBaseline> {
  const { rollout, access } = state;
  const [first] = conflicts;
  const [drift] = first?.drifts ?? [];
  const command = direction === 'back' ? 'rollback' : 'resume';
  const mend = await Promise.all(
    conflicts.map((one) => editCommands(accessOf(access, one.director), one.mend)),
  );
  return {
    failure: {
      kind: 'conflict',
      what: `somebody else changed ${drift?.service} on ${first?.director}: expected ${drift?.expected}, found ${drift?.found}; nothing was changed`,
      next: [
        'put it right with the commands below and call this again',
        ...(conflicts.every(({ isAcceptable }) => isAcceptable)
          ? (['; or take it as it is: ', [command, rollout, '--accept']] as const)
          : []),
        ...orAbandon(state),
      ],
    },
    diff: mend.flat(),
  };
}
