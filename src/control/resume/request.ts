import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Advice } from '../../domain/printed-command.ts';
import { statusOf, waysFrom } from '../../domain/rollout/rollout-status.ts';
import type { LockHolder } from '../../rollout/ports.ts';
import type { ControlRequest } from '../../rollout/requests.ts';
import { runOf } from '../../rollout/requests.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import { processOf } from '../../watch/watch-rollout.ts';
import { requestOfAround } from '../around/resume.ts';
import type { Audience, Outcome } from '../audience.ts';
import { resumeRollout } from '../conduct/resume-rollout.ts';
import { type ControllerNote, requestOfController } from '../kube/hold-cluster.ts';
import type { ControlPorts } from '../ports.ts';
import { nothingUnderWay, type SequenceNow, sequenceNow } from '../sequence/request.ts';
import { resumeSequence } from '../sequence/resume.ts';
import {
  asBy,
  awaitRequest,
  type RequestCall,
  type RequestNote,
  rest,
  wallClock,
} from './await-request.ts';

/**
 * Hands a request (pause, continue, promote, rollback) to the process that runs a rollout. Where none
 * does, a rollback or a promotion is made here, and the others have nothing to act on.
 */
export async function requestOf(
  ports: ControlPorts,
  call: RequestCall,
  audience: Audience<RequestNote | ControllerNote>,
  clock = wallClock,
): Promise<Result<Outcome>> {
  const { rollout, store, request } = call;
  const ofController = await requestOfController(call, audience);
  if (ofController) return ofController;
  const ofAround = await requestOfAround(ports, { around: rollout, store, request }, audience);
  if (ofAround) return ofAround;
  const sequence = await sequenceNow(store, rollout);
  if (sequence) {
    return sequence.ok ? requestOfSequence(ports, call, sequence.value, audience) : sequence;
  }
  const stop = ports.listenForStop();
  for (;;) {
    const entries = await store.read(rollout);
    if (!entries.ok) return entries;
    const state = foldJournal(entries.value);
    const holder = await processOf(store, state);
    if (holder && !state.end) {
      if (call.terms && hasAny(call.terms)) return fail(unfitTerms(rollout));
      if (!call.waits) return handIn(call, holder, audience);
      const asked = { ...call, holder, entriesBefore: entries.value.length, stop, clock };
      const answered = await awaitRequest(asked, audience);
      if (!answered.ok) return answered;
      if (answered.value.kind !== 'left-to-make') return ok(answered.value);
      // Its process has died: what was asked is done here, as of a rollout that was cut off.
      continue;
    }
    if (request.kind === 'pause' || request.kind === 'continue')
      return fail(notRunning(state, request.kind));
    if (!holder) {
      const own = { rollout, store, stop, terms: call.terms, pastFreeze: call.pastFreeze };
      const way =
        request.kind === 'promote'
          ? ({ direction: 'forward', promotes: true } as const)
          : ({ direction: 'back', pace: request.pace } as const);
      return resumeRollout(ports, { ...own, ...way }, audience);
    }
    // Its process tells others of the end, and has the locks until that is done; or it has just been
    // resumed, and is about to say so in the journal.
    await audience.waitingFor({ kind: 'lock' }, () => rest(stop, clock));
    const signal = stop.requested()?.signal;
    if (signal) {
      const what = `stopped before the request to ${request.kind} ${rollout} was made: process ${holder.pid} still has its locks`;
      return fail({ kind: signal, what, next: [[request.kind, rollout]] });
    }
  }
}

/** Hands a request on to the rollout that a sequence is at; a rollback ends the sequence as well. */
async function requestOfSequence(
  ports: ControlPorts,
  call: RequestCall,
  now: SequenceNow,
  audience: Audience<RequestNote | ControllerNote>,
): Promise<Result<Outcome>> {
  const { rollout: sequence, store, request, waits } = call;
  const { pid, rollout } = now;
  const isBack = request.kind === 'rollback';
  if (pid === undefined) {
    const back = isBack
      ? await resumeSequence(ports, { sequence, store, direction: 'back' }, audience)
      : undefined;
    return back ?? nothingUnderWay(sequence, now, request.kind);
  }
  if (rollout === undefined) return nothingUnderWay(sequence, now, request.kind);
  const asked = await requestOf(ports, { ...call, rollout }, audience);
  if (!isBack || !waits || !asked.ok || asked.value.exitCode !== 0) return asked;
  const stop = ports.listenForStop();
  for (;;) {
    const after = await sequenceNow(store, sequence);
    if (!after?.ok) return after ?? asked;
    if (after.value.isOver) return asked;
    if (after.value.pid === undefined) {
      const request = { sequence, store, direction: 'back' } as const;
      return (await resumeSequence(ports, request, audience)) ?? asked;
    }
    await audience.waitingFor({ kind: 'lock' }, () => rest(stop));
    if (stop.requested()) return asked;
  }
}

async function handIn(
  { rollout, store, request }: RequestCall,
  holder: LockHolder,
  audience: Audience<RequestNote | ControllerNote>,
): Promise<Result<Outcome>> {
  const asked = await store.ask(rollout, asBy(request, holder, audience.actor), runOf(holder));
  if (!asked.ok) return asked;
  const { pid, host } = holder;
  audience.note({ kind: 'requested', rollout, request: request.kind, pid, host });
  return ok({ kind: 'requested', exitCode: 0 });
}

function notRunning({ rollout, end }: RolloutState, kind: ControlRequest['kind']): Failure {
  const { on, back } = waysFrom(statusOf({ isRunning: false, end }), rollout);
  const next: Advice = [
    ...(on ? ['go on with ', on] : []),
    ...(back ? [on ? ', or back with ' : 'it is over; go back with ', back] : []),
  ];
  return {
    kind: 'usage',
    what: `rollout ${rollout} is not running, so there is nothing to ${kind}`,
    next: next.length > 0 ? next : 'it is over; start a new rollout',
  };
}

const hasAny = ({ reaches, accepts, force, ...policy }: ResumeTerms): boolean =>
  reaches.length > 0 || accepts || force || Object.keys(policy).length > 0;

const unfitTerms = (rollout: string): Failure => ({
  kind: 'usage',
  what: `rollout ${rollout} is running, and goes back on the terms that it was begun with`,
  next: ['leave the terms out: ', ['rollback', rollout]],
});
