import type { EventBody } from '../../domain/events/event.ts';
import { stampEvent } from '../../domain/events/event.ts';
import { exitCodeOf, fail, ok, type Result } from '../../domain/failure.ts';
import { failureWithNames } from '../../domain/places/names-in-text.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { rolloutId } from '../../domain/rollout/rollout-id.ts';
import { plannedEvents } from '../../rollout/events/planned.ts';
import { checkBaseline, openRollout, type StaleBaseline } from '../../rollout/journal/open.ts';
import { addUnfinished, removeUnfinished } from '../../rollout/journal/unfinished.ts';
import type { Audience, Listener, Outcome } from '../audience.ts';
import { beforeTheStart } from '../fleet.ts';
import { recheckFloors } from '../floor/keep-floors.ts';
import { heedFreeze, overriddenWarning } from '../freeze.ts';
import type { ControlPorts } from '../ports.ts';
import { checkNewServers } from './check-servers.ts';
import { claimedService } from './claimed-service.ts';
import { closeRollout } from './close-rollout.ts';
import { conduct, hearing } from './conduct.ts';
import { gatesFor } from './gates-for.ts';
import { markServers, withServersOut } from './marks.ts';
import { recordRollout } from './record-rollout.ts';
import type { RunRequest } from './request.ts';
import { admissionOf, lockForStart, waitsToStart } from './times/admission.ts';
import { examineAgain } from './times/examine-again.ts';

/**
 * Starts a rollout and conducts it to its end, under its lock. A module of its own because a dry run
 * needs nothing of it, and the engine takes longer to load than a plan to make.
 */
export async function startRollout(
  ports: ControlPorts,
  request: RunRequest,
  { audience, listener }: { readonly audience: Audience; readonly listener: Listener },
): Promise<Outcome> {
  const { warnings, opened, ready, force, replaces = [] } = request;
  const { clock, access } = opened;
  const plan = request.override ? atAnyTime(request.plan) : request.plan;
  const rollout = rolloutId(clock.nowMs());
  const recorded = recordRollout(ports, plan, opened);
  const hear = hearing(listener, recorded);
  const { actor } = audience;
  const emit = (body: EventBody): void => hear(stampEvent(body, rollout, clock.nowMs(), actor));
  const refused = ({ failure: found, diff }: StaleBaseline): Outcome => {
    const failure = failureWithNames(found, plan.names);
    const exitCode = exitCodeOf(failure.kind);
    emit({ type: 'finished', outcome: 'refused', exitCode, message: failure.what });
    audience.note({ kind: 'refused', failure, diff });
    return { kind: 'refused', exitCode };
  };

  for (const body of plannedEvents(plan, warnings)) emit(body);
  const showable = await audience.canShow();
  if (!showable.ok) return refused({ failure: showable.failure, diff: [] });
  const gates = await gatesFor(ports, plan, opened);
  if (!gates.ok) return refused({ failure: gates.failure, diff: [] });
  const store = request.store ?? (await ports.openStore(request.state, access));
  const waits = waitsToStart(plan, clock);
  const admitted = { store, rollout, plan, access, actor, waits, mayWait: false };
  const locked = await audience.waitingFor({ kind: 'lock' }, () => lockForStart(admitted));
  if (!locked.ok) return refused({ failure: locked.failure, diff: [] });
  const stop = ports.listenForStop();
  const start = { rollout, stop, emit };
  /** Everything that speaks against a start as things are now. */
  const examine = async (startsAtMs?: number): Promise<Result<Plan, StaleBaseline>> => {
    const past = request.override ? 'override' : undefined;
    // To bring servers back is never held up.
    const unfrozen =
      maintenanceOf(plan) === 'in'
        ? ok(undefined)
        : await heedFreeze(store, opened, past, startsAtMs);
    if (!unfrozen.ok) return fail({ failure: unfrozen.failure, diff: [] });
    if (unfrozen.value) emit(overriddenWarning(unfrozen.value));
    const others = { plan, access, replaces: [...replaces, rollout], force };
    const unclaimed = await claimedService(store, others);
    if (!unclaimed.ok) return fail({ failure: unclaimed.failure, diff: [] });
    for (const failure of unclaimed.value) audience.note({ kind: 'passed-over', failure });
    const isReady = await ready?.(start);
    if (isReady && !isReady.ok) return fail({ failure: isReady.failure, diff: [] });
    const checked = await checkNewServers(ports, { plan, opened, audience }, start);
    if (!checked.ok && !force) return fail({ failure: checked.failure, diff: [] });
    if (!checked.ok) audience.note({ kind: 'passed-over', failure: checked.failure });
    const baseline = await checkBaseline(plan, opened.directors);
    if (!baseline.ok) {
      const { failure, diff } = baseline.failure;
      return fail({ failure: beforeTheStart(failure), diff });
    }
    const floored = await recheckFloors(store, plan, { access, replaces });
    return floored.ok ? floored : fail({ failure: floored.failure, diff: [] });
  };
  const admission = admissionOf(admitted, locked.value);
  try {
    const floored = await examine(plan.startsAtMs);
    if (!floored.ok) return refused(floored.failure);
    for (const before of replaces) {
      const message = `taken over by rollout ${rollout}`;
      await closeRollout(store, before, { message, actor, nowMs: clock.nowMs() });
    }
    const marked = await markServers(store, { rollout, plan, access, actor }, clock.nowMs());
    if (!marked.ok) return refused({ failure: marked.failure, diff: [] });
    const kept = await withServersOut(store, floored.value, access);
    if (!kept.ok) return refused({ failure: kept.failure, diff: [] });
    const claimed = { rollout, plan, access };
    const named = await addUnfinished(store, claimed);
    if (!named.ok) return refused({ failure: named.failure, diff: [] });
    const journal = await store.create(rollout);
    if (!journal.ok) {
      await removeUnfinished(store, claimed);
      return refused({ failure: journal.failure, diff: [] });
    }
    const begun = await openRollout(rollout, kept.value, access, {
      journal: journal.value,
      clock,
      actor,
    });
    if (!begun.ok) {
      await journal.value.close();
      await removeUnfinished(store, claimed);
      return refused({ failure: begun.failure, diff: [] });
    }
    const ended = await conduct(begun.value, {
      audience,
      listener,
      recorded,
      opened,
      store,
      journal: journal.value,
      lock: admission.lock,
      admit: admission.admitAfter?.(() =>
        examineAgain(ports, {
          state: begun.value,
          ...{ opened, store, stop, audience, hear, force },
          past: request.override ? 'override' : undefined,
        }),
      ),
      stop,
      gates: gates.value,
    });
    return ended.ok ? ended.value : refused({ failure: ended.failure, diff: [] });
  } finally {
    await admission.release();
  }
}

/** The plan of somebody who insists: steps are taken outside of its windows as well. */
const atAnyTime = ({ windows: _, ...plan }: Plan): Plan => plan;
