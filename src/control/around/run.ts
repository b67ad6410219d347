import {
  type AroundMember,
  type AroundRecord,
  nextAction,
  openBatch,
  withPhase,
} from '../../domain/around/around.ts';
import { serverText } from '../../domain/around/server-command.ts';
import { formatDuration } from '../../domain/duration.ts';
import { exitCodeOf, type Failure, ok, type Result } from '../../domain/failure.ts';
import { noFloors } from '../../domain/floor/floor.ts';
import { shortList } from '../../domain/printable.ts';
import type { MaintenanceDirection, MaintenanceTerms } from '../../domain/rollout/maintenance.ts';
import { withWeight } from '../../planner/maintenance/around-servers.ts';
import { isNamed } from '../../planner/maintenance/remembered.ts';
import { type Audience, noteFailures } from '../audience.ts';
import { marksOf } from '../conduct/marks.ts';
import { listTables, servicesOfAll } from '../fleet.ts';
import { maintain } from '../maintenance/maintenance.ts';
import { awaitGuard } from './await-guard.ts';
import type { AroundContext } from './context.ts';
import { type KeepRecord, runBatchCommand } from './run-batch-command.ts';
import { keptTerms } from './terms.ts';

/** The reason why an around went no further; 0 is not among the codes. */
interface Stopped {
  readonly exitCode: number;
  readonly message: string;
}

/**
 * Runs batch after batch: out, the command, in. Starts from wherever the record is, and stops at
 * the first thing that does not succeed, with its exit code. Returns the exit code.
 */
export async function runAround(context: AroundContext, start: AroundRecord): Promise<number> {
  let record = start;
  const keep: KeepRecord = async (change) => {
    record = change(record);
    return context.store.arounds.put(record);
  };
  for (;;) {
    const action = nextAction(record);
    if (action.kind === 'finish') return finish(context, record, keep);
    const { batch, servers, kind } = action;
    const place = { batch: batch + 1, of: record.batches.length };
    if (record.batches[batch]?.phase === 'waiting') {
      context.emit({ type: 'batch-started', ...place, servers: servers.map(serverText) });
    }
    const kept = await keep((now) => withPhase(now, batch, kind));
    if (!kept.ok) return cannotKeep(context, record, kept);
    const stopped =
      interrupted(context) ??
      (kind === 'command'
        ? ((await inService(context, record, servers)) ??
          (await runBatchCommand(context, { record, batch, servers }, keep)))
        : await move(context, record, kind, servers));
    if (stopped) return hold(context, record, keep, stopped);
    const next = { out: 'command', command: 'in', in: 'done' } as const;
    const reached = await keep((now) => withPhase(now, batch, next[kind]));
    if (!reached.ok) return cannotKeep(context, record, reached);
    if (kind === 'in') {
      context.emit({ type: 'batch-done', ...place, servers: servers.map(serverText) });
    }
  }
}

/** Brings the servers of the batch that is under way in as they are, and ends the around. */
export async function endAround(context: AroundContext, start: AroundRecord): Promise<number> {
  let record = start;
  const keep: KeepRecord = async (change) => {
    record = change(record);
    return context.store.arounds.put(record);
  };
  const out = await stillThere(context, openBatch(record)?.servers ?? []);
  if (!out.ok) return noteFailures(context.audience, [out.failure]);
  const stopped =
    out.value.length > 0
      ? await move(context, record, 'in', out.value, { forgets: true })
      : undefined;
  if (stopped) return hold(context, record, keep, stopped);
  const done = record.batches.filter(({ phase }) => phase === 'done').length;
  const message = `ended after ${done} of ${record.batches.length} batches, and nothing of it is out of service`;
  const end = { outcome: 'rolled-back', exitCode: 0, message } as const;
  const kept = await keep((now) => ({ ...now, end }));
  if (!kept.ok) return cannotKeep(context, record, kept);
  context.emit({ type: 'finished', ...end });
  return 0;
}

/** The servers that are in a table, or that a mark keeps: one that has left both needs nothing any more. */
async function stillThere(
  { opened, store, audience }: AroundContext,
  servers: readonly AroundMember[],
): Promise<Result<readonly AroundMember[]>> {
  const tables = await listTables(opened, audience);
  if (!tables.ok) return tables;
  const marks = await marksOf(store, opened.access);
  if (!marks.ok) return marks;
  const own = marks.value.filter(({ at }) => !at);
  const held = servicesOfAll(tables.value).services.flatMap((one) => one.servers);
  const keys = [...held.map(({ key }) => key), ...own.map(({ server }) => server)];
  return ok(servers.filter(({ name }) => keys.some((key) => isNamed(name, key))));
}

/** Stops an around before its command would run for a server that somebody has brought back. */
async function inService(
  { opened, audience }: AroundContext,
  record: AroundRecord,
  servers: readonly AroundMember[],
): Promise<Stopped | undefined> {
  const terms = keptTerms(record, 'out');
  const tables = await listTables(opened, audience);
  if (!terms.ok || !tables.ok) {
    const failures = [terms, tables].flatMap((one) => (one.ok ? [] : [one.failure]));
    return { exitCode: notPlanned(audience, failures), message: failures[0]?.what ?? '' };
  }
  const { services } = terms.value;
  const named = servers.map(({ name }) => name);
  const serving = withWeight(servicesOfAll(tables.value).services, { named, services });
  if (serving.length === 0) return undefined;
  const who = shortList(serving.map(({ service, server }) => `${server} in ${service}`));
  return {
    exitCode: exitCodeOf('conflict'),
    message: `the command was not run, for somebody has brought back ${who}; resume takes it out again first`,
  };
}

/** Takes a batch's servers out or in; both ways have said themselves what is in the way. */
async function move(
  context: AroundContext,
  record: AroundRecord,
  direction: MaintenanceDirection,
  servers: readonly AroundMember[],
  { forgets = false }: { readonly forgets?: boolean } = {},
): Promise<Stopped | undefined> {
  const force = direction === 'out' ? record.force : forgets;
  const exitCode = await exitCodeOfMove(context, record, { direction, force }, servers);
  if (exitCode === 0) return undefined;
  const what = direction === 'out' ? 'taken out' : 'brought in';
  return { exitCode, message: `${names(servers)} could not be ${what} (exit code ${exitCode})` };
}

async function exitCodeOfMove(
  context: AroundContext,
  record: AroundRecord,
  { direction, force }: { readonly direction: MaintenanceDirection; readonly force: boolean },
  servers: readonly AroundMember[],
): Promise<number> {
  const { ports, audience: asked, store, opened, pastFreeze } = context;
  // The question was asked once, for the whole of it.
  const audience: Audience = { ...asked, confirm: async () => true };
  const terms = keptTerms(record, direction);
  if (!terms.ok) return notPlanned(audience, [terms.failure]);
  const named = servers.map(({ name }) => name);
  const untilMs = opened.clock.nowMs() + terms.value.checkWithinMs;
  for (;;) {
    const tables = await listTables(opened, audience);
    if (!tables.ok) return notPlanned(audience, [tables.failure]);
    const { floors = noFloors } = record;
    const asks = { direction, servers: named, terms: terms.value, force, floors };
    const run = { ...asks, pastFreeze, dryRun: false };
    const moved = await maintain(
      ports,
      { ...run, opened, store, tables: tables.value, around: record.around },
      { ...audience, note: saidBelow(audience) },
    );
    if (!moved.ok) return notPlanned(audience, moved.failure);
    if (moved.value.kind !== 'kept-out') return moved.value.exitCode;
    const guard = await audience.waitingFor({ kind: 'health', checks: ['drain guard'] }, () =>
      awaitGuard(context, named, untilMs),
    );
    if (!guard.ok) return notPlanned(audience, [guard.failure]);
    if (guard.value === 'kept-out') {
      const stopped = interrupted(context);
      return stopped?.exitCode ?? notPlanned(audience, [keptOut(servers, terms.value)]);
    }
  }
}

/** The audience's notes, without the one about servers that a guard may bring back yet. */
const saidBelow =
  ({ note }: Audience): Audience['note'] =>
  (one) => {
    if (one.kind !== 'nothing-to-do' || one.exitCode === 0) note(one);
  };

const keptOut = (
  servers: readonly AroundMember[],
  { checkWithinMs }: MaintenanceTerms,
): Failure => ({
  kind: 'gate',
  what: `drain guard keeps ${names(servers)} out, whose health check did not pass within ${formatDuration(checkWithinMs)}`,
  next: 'look at the server; the guard brings it back when it passes',
});

function notPlanned(audience: Audience, failures: readonly Failure[]): number {
  audience.note({ kind: 'not-planned', failures });
  return exitCodeOf(failures[0]?.kind ?? 'usage');
}

function interrupted({ stop }: AroundContext): Stopped | undefined {
  const signal = stop.requested()?.signal;
  if (!signal) return undefined;
  return { exitCode: exitCodeOf(signal), message: `stopped by ${signal.toUpperCase()}` };
}

async function finish(
  context: AroundContext,
  { batches }: AroundRecord,
  keep: KeepRecord,
): Promise<number> {
  const servers = batches.flatMap((batch) => batch.servers).length;
  const message = `the command was run for ${servers} of ${servers} servers, and all are back in service`;
  const end = { outcome: 'done', exitCode: 0, message } as const;
  const kept = await keep((now) => ({ ...now, end }));
  if (!kept.ok) return noteFailures(context.audience, [kept.failure]);
  context.emit({ type: 'finished', ...end });
  return 0;
}

async function hold(
  context: AroundContext,
  record: AroundRecord,
  keep: KeepRecord,
  { exitCode, message }: Stopped,
): Promise<number> {
  const done = record.batches.filter(({ phase }) => phase === 'done').length;
  const where = `batch ${done + 1} of ${record.batches.length}`;
  const reason = `${where}: ${message}`;
  const end = { outcome: 'held', exitCode, message: reason } as const;
  // What cannot be kept is as after a crash, which going on copes with.
  const kept = await keep((now) => ({ ...now, end }));
  context.emit({ type: 'held', reason });
  context.emit({ type: 'finished', ...end });
  if (!kept.ok) noteFailures(context.audience, [kept.failure]);
  context.audience.note({ kind: 'around-held', record, reason });
  return exitCode;
}

/** Stops an around that cannot keep its record as a crash would: it would not know where it is. */
function cannotKeep(
  { audience, emit }: AroundContext,
  record: AroundRecord,
  kept: Extract<Result<void>, { readonly ok: false }>,
): number {
  const exitCode = noteFailures(audience, [kept.failure]);
  emit({ type: 'finished', outcome: 'failed', exitCode, message: kept.failure.what });
  audience.note({ kind: 'around-held', record });
  return exitCode;
}

const names = (servers: readonly AroundMember[]): string => servers.map(serverText).join(', ');
