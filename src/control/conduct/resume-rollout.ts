import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import type { Actor } from '../../domain/actor/actor.ts';
import { stampEvent } from '../../domain/events/event.ts';
import { exitCodeOf, fail, ok, type Result } from '../../domain/failure.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { plannedEvent } from '../../rollout/events/planned.ts';
import type { TimedGate } from '../../rollout/gates/gate-state.ts';
import { type ResumeEntry, resumeEntries, timesOfTheRest } from '../../rollout/journal/resume.ts';
import { stamped, withBodies } from '../../rollout/journal/stamped.ts';
import { addUnfinished } from '../../rollout/journal/unfinished.ts';
import { stepEntries } from '../../rollout/journal/until.ts';
import type { JournalEntries, StopSwitch, Store } from '../../rollout/ports.ts';
import type { RollbackPace } from '../../rollout/requests.ts';
import { applyEntry, foldJournal, type JournalBody } from '../../rollout/state/journal.ts';
import { hasBegun } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import type { Audience, Outcome } from '../audience.ts';
import { reopenFleet } from '../fleet.ts';
import { awaitFloors } from '../floor/await-floors.ts';
import { heedFreeze, overriddenWarning, type PastFreeze } from '../freeze.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import { checkReturning } from './check-servers.ts';
import { claimedService, laterRollout } from './claimed-service.ts';
import { conduct, hearing } from './conduct.ts';
import { findTables } from './find-tables.ts';
import { gatesFor } from './gates-for.ts';
import { markServers } from './marks.ts';
import { goesForward, noWayOn, wayOn } from './no-way-on.ts';
import { reachedBy, unknownReach } from './reach.ts';
import { recordRollout } from './record-rollout.ts';
import { type Admission, admissionOf, lockForStart, waitOfResume } from './times/admission.ts';
import { examineAgain } from './times/examine-again.ts';

export interface ResumeRequest {
  readonly rollout: string;
  readonly direction: 'forward' | 'back';
  /** The pace of a rollback as a ramp; without it the rollback is at once. */
  readonly pace?: RollbackPace | undefined;
  readonly store: Store;
  readonly stop: StopSwitch;
  /** The way past a freeze; without it one refuses to go forward. */
  readonly pastFreeze?: PastFreeze | undefined;
  /** Whether the rest of the ramp is to come in one step. */
  readonly promotes?: boolean | undefined;
  /** Terms that replace those of the journal. */
  readonly terms?: ResumeTerms | undefined;
}

/** Resumes a rollout that has stopped, or rolls it back, from its journal and the live table. */
export async function resumeRollout(
  ports: ControlPorts,
  request: ResumeRequest,
  audience: Audience,
): Promise<Result<Outcome>> {
  const { rollout, store, terms } = request;
  const read = await audience.waitingFor({ kind: 'rollouts' }, () => store.read(rollout));
  if (!read.ok) return read;
  const state = foldJournal(read.value);
  const refusal = noWayOn(state, request) ?? unknownReach(state, terms?.reaches);
  if (refusal) return fail(refusal);
  const showable = await audience.canShow();
  if (!showable.ok) return showable;
  if (isUndone(state, request)) {
    if (audience.isLive) {
      audience.note({ kind: 'undoing', rollout, plan: state.plan, endedMs: endOf(read.value) });
    }
    if (!(await audience.confirm())) {
      audience.note({ kind: 'not-confirmed' });
      return ok({ kind: 'not-confirmed', exitCode: exitCodeOf('usage') });
    }
  }
  const stopped = await waitForFloors(ports, request, audience);
  if (stopped) return ok(stopped);
  const ways = [state.access, reachedBy(state.access, terms?.reaches)];
  const base = { store, rollout, access: ways.flat(), actor: audience.actor };
  const admitted = { ...base, ...waitOfResume(state, request) };
  const locked = await audience.waitingFor({ kind: 'lock' }, () => lockForStart(admitted));
  if (!locked.ok) return locked;
  const admission = admissionOf(admitted, locked.value);
  try {
    return await resumeLocked(ports, request, admission, audience);
  } finally {
    await admission.release();
  }
}

/** Waits for room above the floors before the lock is taken; returns the outcome where somebody wants to stop. */
async function waitForFloors(
  ports: ControlPorts,
  request: ResumeRequest,
  audience: Audience,
): Promise<Outcome | undefined> {
  const { store, rollout, stop, direction, terms } = request;
  if (direction === 'back' || terms?.force) return undefined;
  const readNow = async (): Promise<RolloutState | undefined> => {
    const read = await store.read(rollout);
    const state = read.ok ? foldJournal(read.value) : undefined;
    if (!state || noWayOn(state, request)) return undefined;
    return withBodies(state, stepsUntil(state, request), Date.now());
  };
  const first = await readNow();
  if (!first) return undefined;
  const access = reachedBy(first.access, terms?.reaches);
  const isThere = await awaitFloors(ports, { store, stop, access, read: readNow }, audience);
  const signal = stop.requested()?.signal;
  if (isThere || !signal) return undefined;
  audience.note({ kind: 'not-confirmed' });
  return { kind: 'refused', exitCode: exitCodeOf(signal) };
}

async function resumeLocked(
  ports: ControlPorts,
  request: ResumeRequest,
  { lock, admitAfter }: Admission,
  audience: Audience,
): Promise<Result<Outcome>> {
  const { rollout, store, stop } = request;
  // Read again under the lock: whoever held it may have gone on until just now.
  const journaled = await store.open(rollout);
  if (!journaled.ok) return journaled;
  const { journal, entries } = journaled.value;
  const before = foldJournal(entries);
  const steps = stepsUntil(before, request);
  const state = withBodies(before, steps, Date.now());
  const reached = await reach(ports, request, { state, audience });
  if (!reached.ok) {
    await journal.close();
    return reached;
  }
  if ('exitCode' in reached.value) {
    await journal.close();
    return ok(reached.value);
  }
  const { opened, gates, found, overridden } = reached.value;
  const listener = await audience.listen(opened);
  const recorded = recordRollout(ports, state.plan, opened);
  try {
    if (overridden !== undefined) {
      const warning = overriddenWarning(overridden);
      hearing(
        listener,
        recorded,
      )(stampEvent(warning, rollout, opened.clock.nowMs(), audience.actor));
    }
    const hear = hearing(listener, recorded);
    const { force, pastFreeze: past } = { ...request.terms, pastFreeze: request.pastFreeze };
    const again = { state, opened, store, stop, audience, hear, past, force };
    const admit = admitAfter?.(() => examineAgain(ports, again));
    return await conduct(
      before,
      { audience, listener, recorded, opened, store, journal, lock, admit, stop, gates },
      {
        announced: plannedEvent(state.plan),
        entries: resumption(before, {
          request,
          found: [...steps, ...found],
          nowMs: opened.clock.nowMs(),
          actor: audience.actor,
        }),
      },
    );
  } finally {
    await listener.close();
  }
}

interface Reached {
  readonly opened: OpenFleet;
  readonly gates: readonly TimedGate[];
  /** Entries that bring the journal to the live tables. */
  readonly found: readonly JournalBody[];
  /** The words on a freeze that somebody goes past. */
  readonly overridden: string | undefined;
}

/** Opens the directors and gates of a journal, and sees whether its way on is still there. */
async function reach(
  ports: ControlPorts,
  request: ResumeRequest,
  { state, audience }: { readonly state: RolloutState; readonly audience: Audience },
): Promise<Result<Reached | Outcome>> {
  const { rollout, store, direction, stop, terms, pastFreeze: past } = request;
  const refusal = noWayOn(state, request);
  if (refusal) return fail(refusal);
  const { force = false } = terms ?? {};
  const later = await laterRollout(store, state, { direction, force });
  if (!later.ok) return later;
  const { plan } = state;
  const access = reachedBy(state.access, terms?.reaches);
  const opened = await reopenFleet(ports, access);
  if (!opened.ok) return opened;
  const nowMs = opened.value.clock.nowMs();
  const unfrozen = goesForward(state, request)
    ? await heedFreeze(store, opened.value, past, hasBegun(state) ? 0 : plan.startsAtMs)
    : ok(undefined);
  if (!unfrozen.ok) return unfrozen;
  const gates = await gatesFor(ports, plan, opened.value);
  if (!gates.ok) return gates;
  const accepts = terms?.accepts ?? false;
  const standing = {
    state: { ...state, access },
    opened: opened.value,
    store,
    stop,
    direction,
    accepts,
    force,
  };
  const found = await findTables(ports, standing, audience);
  if (!found.ok) {
    const { failure, diff } = found.failure;
    audience.note({ kind: 'refused', failure, diff });
    return ok({ kind: 'refused', exitCode: exitCodeOf(failure.kind) });
  }
  if (isUndone(state, request)) {
    // It had let go of its services when it was done.
    const unclaimed = await claimedService(store, { plan, access, replaces: [rollout], force });
    if (!unclaimed.ok) return unclaimed;
    for (const failure of unclaimed.value) audience.note({ kind: 'passed-over', failure });
    const returning = { plan, opened: opened.value, stop, audience };
    const checked = await checkReturning(ports, returning);
    if (!checked.ok && !force) return checked;
    if (!checked.ok) audience.note({ kind: 'passed-over', failure: checked.failure });
  }
  if (maintenanceOf(plan) === 'in' && direction === 'back') {
    const own = { rollout, plan, access, actor: audience.actor };
    const marked = await markServers(store, own, nowMs);
    if (!marked.ok) return marked;
  }
  const named = await addUnfinished(store, { rollout, plan, access });
  if (!named.ok) return named;
  return ok({
    opened: opened.value,
    gates: gates.value,
    found: found.value,
    overridden: unfrozen.value,
  });
}

/** The entries of a resume: first what the tables say, then how it goes on from there. */
function resumption(
  state: RolloutState,
  {
    request,
    found,
    nowMs,
    actor,
  }: {
    readonly request: ResumeRequest;
    readonly found: readonly JournalBody[];
    readonly nowMs: number;
    readonly actor: Actor;
  },
): readonly ResumeEntry[] {
  const before = found.map((body) => stamped(body, nowMs));
  const standing = before.reduce(applyEntry, state);
  const { overMs, reaches = [], accepts: _, force, ...policy } = request.terms ?? {};
  const schedule = overMs === undefined ? undefined : timesOfTheRest(standing, overMs);
  const changed = {
    ...policy,
    ...(force ? { mayEmpty: true as const } : {}),
    ...(request.pastFreeze === 'override' && state.plan.windows ? { anyTime: true as const } : {}),
    ...(schedule ? { schedule } : {}),
  };
  return [
    ...before.map((entry) => ({ entry })),
    ...resumeEntries(standing, wayOn(standing, request), nowMs, {
      ...(Object.keys(changed).length > 0 ? { terms: changed } : {}),
      ...(reaches.length > 0 ? { access: reachedBy(state.access, reaches) } : {}),
      promotes: request.promotes,
      actor,
    }),
  ];
}

/** The entries that give the ramp the step at which it is to end for now. */
const stepsUntil = (
  state: RolloutState,
  { terms, ...way }: ResumeRequest,
): readonly JournalBody[] =>
  terms?.until === undefined || noWayOn(state, { terms, ...way })
    ? []
    : stepEntries(state, terms.until);

/** Whether a rollout that was done is to be rolled back: its old servers may have been gone for long. */
const isUndone = ({ end }: RolloutState, { direction }: ResumeRequest): boolean =>
  direction === 'back' && end?.outcome === 'done';

const endOf = (entries: JournalEntries): number =>
  entries.findLast(({ type }) => type === 'ended')?.atMs ?? entries[0].atMs;
