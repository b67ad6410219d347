import { formatServerName } from '../../domain/address.ts';
import {
  type AroundMember,
  type AroundRecord,
  nextAction,
  openBatch,
  withPhase,
} from '../../domain/around.ts';
import { exitCodeOf, type Result } from '../../domain/failure.ts';
import type { MaintenanceDirection } from '../../domain/maintenance.ts';
import { waysFromAround } from '../../domain/rollout-status.ts';
import { serverText } from '../../domain/server-command.ts';
import { wayLines } from '../../reporters/way-lines.ts';
import { maintenanceCommand } from '../maintenance/maintenance.ts';
import { printFailures } from '../refuse.ts';
import { type AroundWorld, givenFor } from './context.ts';
import { type KeepRecord, runBatchCommand } from './run-batch-command.ts';

/** Why it went no further; 0 is not among the codes. */
interface Stopped {
  readonly exitCode: number;
  readonly message: string;
}

/**
 * Batch after batch: out, the command, in. Goes on from wherever the record stands, and stops at the
 * first thing that does not succeed, with its exit code. Returns the exit code.
 */
export async function runAround(world: AroundWorld, start: AroundRecord): Promise<number> {
  let record = start;
  const keep: KeepRecord = async (change) => {
    record = change(record);
    return world.store.arounds.put(record);
  };
  for (;;) {
    const action = nextAction(record);
    if (action.kind === 'finish') return finish(world, record, keep);
    const { batch, servers, kind } = action;
    const place = { batch: batch + 1, of: record.batches.length };
    if (record.batches[batch]?.phase === 'waiting') {
      world.emit({ type: 'batch-started', ...place, servers: servers.map(serverText) });
    }
    const kept = await keep((now) => withPhase(now, batch, kind));
    if (!kept.ok) return cannotKeep(world, record, kept);
    const stopped =
      interrupted(world) ??
      (kind === 'command'
        ? await runBatchCommand(world, { record, batch, servers }, keep)
        : await move(world, record, kind, servers));
    if (stopped) return hold(world, record, keep, stopped);
    const next = { out: 'command', command: 'in', in: 'done' } as const;
    const reached = await keep((now) => withPhase(now, batch, next[kind]));
    if (!reached.ok) return cannotKeep(world, record, reached);
    if (kind === 'in') {
      world.emit({ type: 'batch-done', ...place, servers: servers.map(serverText) });
    }
  }
}

/** The servers of the batch that is under way come in as they are, and that is the end of it. */
export async function endAround(world: AroundWorld, start: AroundRecord): Promise<number> {
  let record = start;
  const keep: KeepRecord = async (change) => {
    record = change(record);
    return world.store.arounds.put(record);
  };
  const batch = openBatch(record);
  const stopped = batch && (await move(world, record, 'in', batch.servers));
  if (stopped) return hold(world, record, keep, stopped);
  const done = record.batches.filter(({ phase }) => phase === 'done').length;
  const message = `ended after ${done} of ${record.batches.length} batches, and nothing of it is out of service`;
  const end = { outcome: 'rolled-back', exitCode: 0, message } as const;
  const kept = await keep((now) => ({ ...now, end }));
  if (!kept.ok) return cannotKeep(world, record, kept);
  world.emit({ type: 'finished', ...end });
  return 0;
}

/** `drain out` or `drain in`, which have said themselves what stands in the way. */
async function move(
  world: AroundWorld,
  record: AroundRecord,
  direction: MaintenanceDirection,
  servers: readonly AroundMember[],
): Promise<Stopped | undefined> {
  const exitCode = await maintenanceCommand(world.env, givenFor(world, record.options[direction]), {
    direction,
    servers: servers.map(({ name }) => formatServerName(name)),
    force: direction === 'out' && record.force,
    ...(direction === 'in' && record.checkTimeout !== undefined
      ? { checkTimeout: record.checkTimeout }
      : {}),
  });
  if (exitCode === 0) return undefined;
  const what = direction === 'out' ? 'taken out' : 'brought in';
  return { exitCode, message: `${names(servers)} could not be ${what} (exit code ${exitCode})` };
}

function interrupted({ stop }: AroundWorld): Stopped | undefined {
  const signal = stop.requested()?.signal;
  if (!signal) return undefined;
  return { exitCode: exitCodeOf(signal), message: `stopped by ${signal.toUpperCase()}` };
}

async function finish(
  world: AroundWorld,
  { batches }: AroundRecord,
  keep: KeepRecord,
): Promise<number> {
  const servers = batches.flatMap((batch) => batch.servers).length;
  const message = `the command was run for ${servers} of ${servers} servers, and all are back in service`;
  const end = { outcome: 'done', exitCode: 0, message } as const;
  const kept = await keep((now) => ({ ...now, end }));
  if (!kept.ok) return printFailures(world.env, [kept.failure]);
  world.emit({ type: 'finished', ...end });
  return 0;
}

async function hold(
  world: AroundWorld,
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
  world.emit({ type: 'held', reason });
  world.emit({ type: 'finished', ...end });
  if (!kept.ok) printFailures(world.env, [kept.failure]);
  world.env.err(`drain: ${reason}\n${goOnAroundLines(record)}`);
  return exitCode;
}

/** The commands that lead on and back from an around that was held or cut off. */
export function goOnAroundLines(record: AroundRecord): string {
  const out = openBatch(record)?.servers ?? [];
  const back = out.length > 0 ? `brings ${names(out)} in as they are, and ends it` : 'ends it';
  const lines = wayLines(waysFromAround('held', record.around), back);
  return lines.map((line) => `${line}\n`).join('');
}

/** Without its record it would not know where it is: it stops as a crash would have stopped it. */
function cannotKeep(
  { env, emit }: AroundWorld,
  record: AroundRecord,
  kept: Extract<Result<void>, { readonly ok: false }>,
): number {
  const exitCode = printFailures(env, [kept.failure]);
  emit({ type: 'finished', outcome: 'failed', exitCode, message: kept.failure.what });
  env.err(goOnAroundLines(record));
  return exitCode;
}

const names = (servers: readonly AroundMember[]): string => servers.map(serverText).join(', ');
