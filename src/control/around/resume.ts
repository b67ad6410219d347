import { withAct } from '../../domain/actor/acts.ts';
import { type AroundRecord, reopened } from '../../domain/around/around.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { isFinalEnd, isForTakeOver } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import type { ControlRequest } from '../../rollout/requests.ts';
import { type Audience, noteFailures, type Outcome } from '../audience.ts';
import { reopenFleet } from '../fleet.ts';
import type { PastFreeze } from '../freeze.ts';
import type { ControlPorts } from '../ports.ts';
import { aroundContext, aroundResource, lockAround } from './context.ts';
import { endAround, runAround } from './run.ts';

export interface AroundResumption {
  readonly around: string;
  readonly store: Store;
  readonly direction: 'forward' | 'back';
  readonly pastFreeze?: PastFreeze | undefined;
}

/** Resumes a `drain around`, or rolls it back; `undefined` where the id is none of an around. */
export async function resumeAround(
  ports: ControlPorts,
  { around, store, direction, pastFreeze }: AroundResumption,
  audience: Audience,
): Promise<Result<Outcome> | undefined> {
  const read = await store.arounds.read(around);
  if (!read.ok) return read;
  if (!read.value) return undefined;
  const locked = await lockAround(store, read.value, audience.actor);
  if (!locked.ok) return locked;
  try {
    // Read again under the lock: whoever held it may have gone on until just now.
    const now = await store.arounds.read(around);
    if (!now.ok) return now;
    const record = now.value ?? read.value;
    if (isFinalEnd(record.end)) return fail(isOver(record));
    const opened = await reopenFleet(ports, record.access);
    if (!opened.ok) return opened;
    const found = { record, store, opened: opened.value, pastFreeze };
    const context = aroundContext(ports, audience, found);
    const act = direction === 'forward' ? 'resumed' : 'rolled-back';
    const taken = withAct(record, act, audience.actor, opened.value.clock.nowMs());
    const exitCode = await (direction === 'forward'
      ? runAround(context, reopened(taken))
      : endAround(context, taken));
    return ok({ kind: 'several', exitCode });
  } finally {
    await locked.value.release();
  }
}

/** `drain pause|continue|rollback ID` of a `drain around`; `undefined` where the id is none of an around. */
export async function requestOfAround(
  ports: ControlPorts,
  {
    around,
    store,
    request: { kind },
  }: { readonly around: string; readonly store: Store; readonly request: ControlRequest },
  audience: Audience,
): Promise<Result<Outcome> | undefined> {
  const read = await store.arounds.read(around);
  if (!read.ok) return read;
  if (!read.value) return undefined;
  const holder = await store.holder(aroundResource(around));
  if (kind === 'rollback' && !holder) {
    return resumeAround(ports, { around, store, direction: 'back' }, audience);
  }
  const what = `${around} is a drain around, which knows no ${kind}`;
  const next = holder
    ? `stop it with SIGTERM (process ${holder.pid}): the commands in hand end, and it can be resumed`
    : (['go on with ', ['resume', around]] as const);
  return fail({ kind: 'usage', what: holder ? `${what} while it runs` : what, next });
}

/** Resumes every `drain around` that a crash or a shutdown cut off, one after another. Returns their exit codes. */
export async function resumeAllArounds(
  ports: ControlPorts,
  store: Store,
  audience: Audience,
): Promise<readonly number[]> {
  const ids = await store.arounds.list();
  if (!ids.ok) return [noteFailures(audience, [ids.failure])];
  const exitCodes: number[] = [];
  for (const around of ids.value) {
    const read = await store.arounds.read(around);
    if (!read.ok) {
      exitCodes.push(noteFailures(audience, [read.failure]));
      continue;
    }
    if (!read.value || !isForTakeOver(read.value.end)) continue;
    if (await store.holder(aroundResource(around))) continue;
    const request = { around, store, direction: 'forward', pastFreeze: 'was-running' } as const;
    const resumed = await resumeAround(ports, request, audience);
    if (!resumed) continue;
    exitCodes.push(resumed.ok ? resumed.value.exitCode : noteFailures(audience, [resumed.failure]));
  }
  return exitCodes;
}

const isOver = ({ around, end }: AroundRecord): Failure => ({
  kind: 'usage',
  what: `${around} is over: ${end?.message ?? ''}`,
  next: 'start a new one with drain around',
});
