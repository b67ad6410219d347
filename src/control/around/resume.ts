import type { GivenOptions } from '../../config/options.ts';
import type { ToolSettings } from '../../config/settings.ts';
import { type AroundRecord, reopened } from '../../domain/around.ts';
import type { Failure } from '../../domain/failure.ts';
import { commandText, isFinalEnd, isForTakeOver } from '../../domain/rollout-status.ts';
import type { ControlRequest, Store } from '../../rollout/ports.ts';
import type { Environment } from '../environment.ts';
import { reopenFleet } from '../open-fleet.ts';
import { printFailures } from '../refuse.ts';
import { aroundWorld } from './context.ts';
import { aroundResource, lockAround } from './locks.ts';
import { endAround, runAround } from './run.ts';

interface Kept {
  readonly store: Store;
  readonly tools: ToolSettings;
}

/** `drain resume ID`, or going back, if it is the id of an around; `undefined` if it is not. */
export async function goOnAround(
  env: Environment,
  given: GivenOptions,
  { store, tools }: Kept,
  around: string,
  direction: 'forward' | 'back',
): Promise<number | undefined> {
  const read = await store.arounds.read(around);
  if (!read.ok) return printFailures(env, [read.failure]);
  if (!read.value) return undefined;
  const locked = await lockAround(store, read.value);
  if (!locked.ok) return printFailures(env, [locked.failure]);
  try {
    // Read again under the lock: whoever held it may have gone on until just now.
    const now = await store.arounds.read(around);
    if (!now.ok) return printFailures(env, [now.failure]);
    const record = now.value ?? read.value;
    if (isFinalEnd(record.end)) return printFailures(env, [isOver(record)]);
    const opened = await reopenFleet(env, record.access);
    if (!opened.ok) return printFailures(env, [opened.failure]);
    const world = aroundWorld(env, { around, store, opened: opened.value, tools, given });
    return direction === 'forward'
      ? await runAround(world, reopened(record))
      : await endAround(world, record);
  } finally {
    await locked.value.release();
  }
}

/** `drain pause|continue|rollback ID`, if it is the id of an around; `undefined` if it is not. */
export async function controlAround(
  env: Environment,
  given: GivenOptions,
  kept: Kept,
  around: string,
  { kind }: ControlRequest,
): Promise<number | undefined> {
  const read = await kept.store.arounds.read(around);
  if (!read.ok) return printFailures(env, [read.failure]);
  if (!read.value) return undefined;
  const holder = await kept.store.holder(aroundResource(around));
  if (kind === 'rollback' && !holder) return goOnAround(env, given, kept, around, 'back');
  const what = `${around} is a drain around, which knows no ${kind}`;
  const next = holder
    ? `stop it with SIGTERM (process ${holder.pid}): the commands in hand end, and it can be resumed`
    : `go on with ${commandText(['resume', around])}`;
  return printFailures(env, [
    { kind: 'usage', what: holder ? `${what} while it runs` : what, next },
  ]);
}

/** `drain resume --all`: those that a crash or a shutdown cut off, one after another. */
export async function goOnAllArounds(
  env: Environment,
  given: GivenOptions,
  kept: Kept,
): Promise<readonly number[]> {
  const ids = await kept.store.arounds.list();
  if (!ids.ok) return [printFailures(env, [ids.failure])];
  const exitCodes: number[] = [];
  for (const around of ids.value) {
    const read = await kept.store.arounds.read(around);
    if (!read.ok) {
      exitCodes.push(printFailures(env, [read.failure]));
      continue;
    }
    if (!read.value || !isForTakeOver(read.value.end)) continue;
    if (await kept.store.holder(aroundResource(around))) continue;
    const exitCode = await goOnAround(env, given, kept, around, 'forward');
    if (exitCode !== undefined) exitCodes.push(exitCode);
  }
  return exitCodes;
}

const isOver = ({ around, end }: AroundRecord): Failure => ({
  kind: 'usage',
  what: `${around} is over: ${end?.message ?? ''}`,
  next: 'start a new one with drain around',
});
