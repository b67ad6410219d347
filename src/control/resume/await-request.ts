import { setTimeout as sleep } from 'node:timers/promises';
import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import type { Actor } from '../../domain/actor/actor.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { formatDuration } from '../../domain/duration.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { Advice } from '../../domain/printed-command.ts';
import { statusOf, waysFrom } from '../../domain/rollout/rollout-status.ts';
import type { Clock, LockHolder, StopSwitch, Store } from '../../rollout/ports.ts';
import { type ControlRequest, runOf } from '../../rollout/requests.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import type { RolloutEnd } from '../../rollout/state/rollout-state.ts';
import { processOf } from '../../watch/watch-rollout.ts';
import { type Audience, noteFailures, type Outcome } from '../audience.ts';
import type { PastFreeze } from '../freeze.ts';
import { clockWaitSentence } from '../status/clock-wait.ts';
import {
  exitCodeOfRequest,
  judgeRequest,
  type RequestVerdict,
  silenceLimitMs,
} from './request-verdict.ts';

const lookEveryMs = 200;

/** A request of another terminal. */
export interface RequestCall {
  readonly rollout: string;
  readonly store: Store;
  readonly request: ControlRequest;
  /** Whether to wait until the request is in force, and a rollback has ended. */
  readonly waits: boolean;
  /** Terms for a rollback of a rollout that no process runs. */
  readonly terms?: ResumeTerms | undefined;
  /** The way past a freeze of a rollout that no process runs. */
  readonly pastFreeze?: PastFreeze | undefined;
}

/** Notes of a request to another process. */
export type RequestNote =
  | {
      readonly kind: 'requested';
      readonly rollout: string;
      readonly request: ControlRequest['kind'];
      readonly pid: number;
      readonly host: string | undefined;
    }
  /** A pause or a way on that was asked for; `before`: it was so already. */
  | {
      readonly kind: 'request-in-force';
      readonly rollout: string;
      readonly request: 'pause' | 'continue' | 'promote';
      readonly reason: 'asked' | 'before';
      /** `step 3 waits until …`: what is promoted waits for an open window. */
      readonly waits?: string | undefined;
    }
  /** A rollback that was asked for, with the exit code of whoever asked. */
  | { readonly kind: 'request-ended'; readonly rollout: string; readonly end: RolloutEnd };

export interface AwaitedRequest extends RequestCall {
  /** The process that runs the rollout, whose run is asked. */
  readonly holder: LockHolder;
  /** The entries that the journal had before. */
  readonly entriesBefore: number;
  readonly stop: StopSwitch;
  readonly clock: RequestClock;
}

/** The clock of whoever waits for a process, which may hang. */
export type RequestClock = Pick<Clock, 'nowMs' | 'sleepUntil'>;

export const wallClock: RequestClock = {
  nowMs: () => Date.now(),
  sleepUntil: (timeMs, signal) =>
    sleep(Math.max(0, timeMs - Date.now()), undefined, signal && { signal }).catch(() => {}),
};

/** The process died before the rollback or promotion that it was asked for was over: nobody makes it now. */
export interface LeftToMake {
  readonly kind: 'left-to-make';
}

/** Waits a moment between two looks, or until somebody wants no more of it. */
export const rest = (stop: StopSwitch, clock = wallClock): Promise<void> =>
  clock.sleepUntil(clock.nowMs() + lookEveryMs, stop.signal());

/** Hands a request in, and waits until it is in force, or until it cannot come into force any more. */
export async function awaitRequest(
  call: AwaitedRequest,
  audience: Audience<RequestNote>,
): Promise<Result<Outcome | LeftToMake>> {
  const { rollout, store, request, holder, stop, clock } = call;
  const asked = await store.ask(rollout, asBy(request, holder, audience.actor), runOf(holder));
  if (!asked.ok) return asked;
  const { pid, host } = holder;
  audience.note({ kind: 'requested', rollout, request: request.kind, pid, host });
  const wait = { kind: 'request', request: request.kind, rollout } as const;
  return audience.waitingFor(wait, async () => {
    let sign = '';
    let signMs = clock.nowMs();
    for (;;) {
      const isAsked = await store.isAsked(asked.value);
      if (!isAsked.ok) return isAsked;
      const looked = await look(call, isAsked.value);
      if (!looked.ok) return looked;
      const { verdict, silenceMs, entries } = looked.value;
      if (verdict.kind !== 'waiting') {
        // Nobody takes it any more, and a later run is not to find it.
        if (isAsked.value) await store.withdraw(asked.value);
        const isMadeHere = request.kind === 'rollback' || request.kind === 'promote';
        if (isMadeHere && verdict.kind === 'not-obeyed' && verdict.why === 'died')
          return ok({ kind: 'left-to-make' });
        return tell(call, verdict, audience);
      }
      const now = `${isAsked.value} ${entries}`;
      if (now !== sign) signMs = clock.nowMs();
      sign = now;
      if (silenceMs !== undefined && clock.nowMs() - signMs >= silenceMs) {
        // Should it go on one day, it is not to find what nobody waits for any more.
        if (isAsked.value) await store.withdraw(asked.value);
        return fail(hangs(call, silenceMs));
      }
      await rest(stop, clock);
      const signal = stop.requested()?.signal;
      if (signal) return fail(leftWaiting(call, signal));
    }
  });
}

/**
 * A request with whoever makes it, for a process that knows what that is: one of an earlier version says
 * nothing of whoever wanted its own lock.
 */
export const asBy = (
  request: ControlRequest,
  { actor: known }: Pick<LockHolder, 'actor'>,
  actor: Actor,
): ControlRequest => (known ? { ...request, actor } : request);

interface Looked {
  readonly verdict: RequestVerdict;
  readonly silenceMs: number | undefined;
  /** The number of entries in the journal. */
  readonly entries: number;
}

async function look(
  { rollout, store, request: { kind }, holder, entriesBefore }: AwaitedRequest,
  isAsked: boolean,
): Promise<Result<Looked>> {
  for (let wasRunning = true; ; wasRunning = false) {
    const entries = await store.read(rollout);
    if (!entries.ok) return entries;
    const state = foldJournal(entries.value);
    const process = await processOf(store, state);
    const isRunning = process !== undefined && runOf(process) === runOf(holder);
    // What a process has written before it went is in the journal of the next reading.
    if (!isRunning && wasRunning) continue;
    const since = entries.value.slice(entriesBefore);
    const waits = clockWaitSentence(state, Date.now()) || undefined;
    return ok({
      verdict: judgeRequest({ request: kind, isAsked, isRunning, state, since, waits }),
      silenceMs: silenceLimitMs({ isAsked, since, state }),
      entries: entries.value.length,
    });
  }
}

function tell(
  call: AwaitedRequest,
  verdict: Exclude<RequestVerdict, { readonly kind: 'waiting' }>,
  audience: Audience<RequestNote>,
): Result<Outcome> {
  const { rollout } = call;
  switch (verdict.kind) {
    case 'in-force': {
      const { request, reason, waits } = verdict;
      audience.note({ kind: 'request-in-force', rollout, request, reason, waits });
      return ok({ kind: 'requested', exitCode: 0 });
    }
    case 'ended': {
      const exitCode = exitCodeOfRequest(call.request.kind, verdict.end);
      audience.note({ kind: 'request-ended', rollout, end: { ...verdict.end, exitCode } });
      return ok({ kind: 'refused', exitCode });
    }
    case 'not-obeyed': {
      const code = noteFailures(audience, [notObeyed(call, verdict)]);
      const exitCode = verdict.why === 'ended' ? verdict.end.exitCode || code : code;
      return ok({ kind: 'refused', exitCode });
    }
    default:
      return assertNever(verdict);
  }
}

function notObeyed(
  { rollout, request: { kind }, holder: { pid } }: AwaitedRequest,
  verdict: Extract<RequestVerdict, { readonly kind: 'not-obeyed' }>,
): Failure {
  const what = `the request to ${kind} rollout ${rollout} was not obeyed: `;
  const ways = (end: Parameters<typeof statusOf>[0]['end']): Advice => {
    const { on, back } = waysFrom(statusOf({ isRunning: false, end }), rollout);
    if (on && back) return [on, ', or ', back];
    return back ? [back] : 'start a new rollout';
  };
  switch (verdict.why) {
    case 'ended': {
      const { end } = verdict;
      return { kind: 'usage', what: `${what}it ended first: ${end.message}`, next: ways(end) };
    }
    case 'died':
      return {
        kind: 'usage',
        what: `${what}process ${pid} is gone, and has said nothing of an end`,
        next: ways(undefined),
      };
    case 'rolling-back':
      return {
        kind: 'usage',
        what: `${what}it is on the way back`,
        next: ['see ', ['status', rollout]],
      };
    default:
      return assertNever(verdict);
  }
}

/** The process is there, and does nothing: only whoever is on its machine can tell why. */
function hangs(
  { rollout, request: { kind }, holder: { pid, host } }: AwaitedRequest,
  silenceMs: number,
): Failure {
  const there = host === undefined ? '' : ` on ${printable(host)}`;
  const after = formatDuration(silenceMs);
  return {
    kind: 'director',
    what: `process ${pid}${there} has given no sign of life for ${after}: the request to ${kind} rollout ${rollout} is withdrawn`,
    next: [
      `let it go on with \`kill -CONT ${pid}\`${there}, and ask again; or end it with \`kill -KILL ${pid}\`${there}, and then `,
      ...(kind === 'rollback' ? [] : [['resume', rollout] as const, ', or ']),
      ['rollback', rollout],
    ],
  };
}

const leftWaiting = (
  { rollout, request: { kind }, holder: { pid } }: AwaitedRequest,
  signal: 'sigint' | 'sigterm',
): Failure => ({
  kind: signal,
  what: `no longer waiting: process ${pid} has been asked to ${kind} rollout ${rollout}, and still does`,
  next: ['see ', ['status', rollout]],
});
