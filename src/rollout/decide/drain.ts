import type { ServiceKey } from '../../domain/address.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import type { Action, Goal } from '../action.ts';
import { doneMessage, rolledBackMessage, timeoutMessage } from '../events/end-messages.ts';
import {
  connectionsOf,
  countedOn,
  type DrainingServer,
  drainingServers,
  isAbsent,
  isGone,
  isKept,
} from '../observe/draining-servers.ts';
import type { Observation } from '../observe/observation.ts';
import { type DirectorState, drainKey, withoutLost } from '../state/director-state.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { decideBorrow } from './client-reset.ts';
import { reachTogether, reachWhenListed } from './freshness.ts';
import { gatesPassed, tellGates } from './gates.ts';
import { awaitLost } from './lost-directors.ts';

/**
 * Decides after the ramp: watches the old servers, removes each when it is empty, and restores the
 * scale with the last. A rollback first sets the baseline's weights, then does the same for the
 * servers that the rollout had added.
 */
export function decideDrain(state: RolloutState, seen: Observation, nowMs: number): Action {
  const { phase, plan } = state;
  if (phase.kind === 'rolling-back' && phase.sinceMs === undefined) {
    const behind = directorsWhere(state, (director) => !director.rolledBack);
    return reachWhenListed(behind, seen, nowMs, { milestone: { kind: 'rollback' }, dueMs: nowMs });
  }
  const sinceMs = 'sinceMs' in phase ? (phase.sinceMs ?? nowMs) : nowMs;
  const deadlineMs = sinceMs + plan.policy.drainTimeoutMs;
  const draining = drainingServers(state);
  const refilled = draining.find(
    ({ key }) => state.drained.has(key) && seen.watches.get(key)?.verdict.kind === 'draining',
  );
  if (refilled) return { kind: 'refill', service: refilled.service, server: refilled.server };
  const waiting = draining.filter(
    (server) =>
      !isEmptyNow(state, seen, server) && !isGone(state, server) && !isKept(state, server),
  );
  const emptied = waiting.filter(({ key }) => seen.watches.get(key)?.verdict.kind === 'drained');
  if (emptied.length > 0) {
    return { kind: 'declare-drained', drainKeys: emptied.map(({ key }) => key) };
  }
  const stuck = waiting.filter((server) => !isSettling(state, seen, server, { deadlineMs, nowMs }));
  // Whoever was empty at the deadline is watched to the end of its settling.
  const overdue = nowMs >= deadlineMs && (stuck.length > 0 || waiting.length === 0);
  if (stuck.length > 0 && isWordDue(state, seen, { sinceMs, deadlineMs, nowMs })) {
    return { kind: 'explain', waiting: stuck };
  }
  const { onTimeout } = plan.policy;
  const removesAtDeadline = onTimeout === 'remove' || onTimeout === 'reset';
  const removeAnyway = overdue && phase.kind === 'draining' && removesAtDeadline;
  const retirements = readyRetirements(
    state,
    draining,
    // Absent before it was taken out by the journal: an edit did that whose answer was lost.
    (server) => removeAnyway || isEmptyNow(state, seen, server) || isAbsent(seen, server),
  );
  // What leaves the table does not come back by itself: gates have their say before that, too.
  const isClosed = phase.kind === 'draining' && !overdue && !gatesPassed(state, seen);
  if (isClosed && (retirements.length > 0 || waiting.every(({ key }) => state.drained.has(key)))) {
    // Whether those that were empty still are is read when it matters.
    const filled = waiting.filter(({ key }) => !state.drained.has(key));
    const emptyMs = draining.map(({ key }) => seen.watches.get(key)?.emptySinceMs ?? nowMs);
    const dueMs = Math.max(...emptyMs) + plan.policy.settleMs;
    return tellGates(state, seen, nowMs, dueMs) ?? watch(state, filled, seen, nowMs, deadlineMs);
  }
  if (retirements.length > 0) {
    const cutsOff = removeAnyway && onTimeout === 'reset' && waiting.length > 0;
    const borrow = cutsOff
      ? decideBorrow(
          state,
          retirements.flatMap(({ directors }) => directors),
        )
      : undefined;
    return borrow ?? reachTogether(retirements, seen, nowMs);
  }
  if (waiting.length === 0) {
    return awaitLost(state, seen, nowMs, deadlineMs) ?? end(state);
  }
  if (overdue) return decideOverdue(state, stuck, seen);
  const endMs = stuck.length > 0 ? deadlineMs : settledByMs(state, deadlineMs);
  const countAtMs = seen.counted || isTroubled(state, seen) ? endMs : sinceMs + estimatorLagMs;
  if (!seen.counted && nowMs >= countAtMs) return { kind: 'count' };
  const untilMs = Math.min(countAtMs, endMs);
  return watch(state, waiting, seen, nowMs, untilMs);
}

/**
 * Tells whether the server is empty by the journal and by what was seen last. What the journal says
 * may be old: a gate was closed since, a director was away, or this process has just resumed.
 */
const isEmptyNow = (state: RolloutState, seen: Observation, { key }: DrainingServer): boolean =>
  state.drained.has(key) &&
  (seen.watches.get(key)?.verdict.kind === 'drained' || leavesNothing(state));

/**
 * Tells whether the server has been empty for a while, since before the deadline, and only has to stay
 * so for `settleMs`: no client keeps it.
 */
function isSettling(
  state: RolloutState,
  seen: Observation,
  { key }: DrainingServer,
  { deadlineMs, nowMs }: { readonly deadlineMs: number; readonly nowMs: number },
): boolean {
  const watched = seen.watches.get(key);
  return (
    watched?.emptySinceMs !== undefined &&
    watched.emptySinceMs <= deadlineMs &&
    nowMs < settledByMs(state, deadlineMs)
  );
}

/** The time by which a server has settled that was empty at the deadline, with a poll to see it. */
const settledByMs = ({ plan: { policy } }: RolloutState, deadlineMs: number): number =>
  deadlineMs + policy.settleMs + policy.pollMs;

/** Tells whether no server leaves the table: then it is enough that each was empty once. */
const leavesNothing = ({ phase, plan }: RolloutState): boolean =>
  plan.policy.keep && phase.kind !== 'rolling-back';

/** Tells whether a director has just failed, so that none is asked for mere evidence. */
const isTroubled = ({ directors }: RolloutState, seen: Observation): boolean =>
  withoutLost(directors).some(([name]) => {
    const { listing, edit } = seen.directors.get(name)?.troubles ?? {};
    return listing !== undefined || edit !== undefined;
  });

/** The kernel's totals are up to two seconds behind; what they show after that came at weight 0. */
const estimatorLagMs = 2_500;

/** Time until the first explanation of a long wait, well before the deadline. */
const firstWordMs = 60_000;

/** Tells whether to explain a stall: once early, if the deadline is far, and at the deadline. */
function isWordDue(
  { plan }: RolloutState,
  { explainedMs }: Observation,
  at: { readonly sinceMs: number; readonly deadlineMs: number; readonly nowMs: number },
): boolean {
  if (at.nowMs >= at.deadlineMs) return explainedMs === undefined || explainedMs < at.deadlineMs;
  const isFar = plan.policy.drainTimeoutMs >= 2 * firstWordMs;
  return isFar && explainedMs === undefined && at.nowMs >= at.sinceMs + firstWordMs;
}

/** Each service from which servers can be taken now, on the directors that still hold them. */
function readyRetirements(
  state: RolloutState,
  draining: readonly DrainingServer[],
  mayLeave: (server: DrainingServer) => boolean,
): readonly Goal[] {
  const back = state.phase.kind === 'rolling-back';
  const { keep } = state.plan.policy;
  const byService = new Map<ServiceKey, DrainingServer[]>();
  for (const server of draining) {
    const here = byService.get(server.service);
    if (here) here.push(server);
    else byService.set(server.service, [server]);
  }
  const goals: Goal[] = [];
  for (const [service, here] of byService) {
    const ready = here.filter(mayLeave);
    if (ready.length === 0) continue;
    const last = !back && ready.length === here.length;
    if (keep && !back && !last) continue;
    const leavers = keep && !back ? [] : ready.filter((server) => !isGone(state, server));
    const servers = leavers.map(({ server }) => server);
    const having = new Set(here.flatMap((server) => server.directors));
    const directors = directorsWhere(
      state,
      (director, name) =>
        having.has(name) &&
        (servers.some((server) => !director.removed.has(drainKey(service, server))) ||
          (last && !director.finished.has(service))),
    );
    if (directors.length > 0) {
      goals.push({ directors, milestone: { kind: 'retire', service, servers, last } });
    }
  }
  return goals;
}

const directorsWhere = (
  state: RolloutState,
  test: (director: DirectorState, name: string) => boolean,
): readonly string[] =>
  withoutLost(state.directors)
    .filter(([name, director]) => test(director, name))
    .map(([name]) => name);

function end(state: RolloutState): Action {
  if (state.phase.kind === 'rolling-back') {
    const { exitCode } = state.phase;
    return { kind: 'end', outcome: 'rolled-back', exitCode, message: rolledBackMessage(state) };
  }
  return { kind: 'end', outcome: 'done', exitCode: 0, message: doneMessage(state) };
}

function decideOverdue(
  state: RolloutState,
  waiting: readonly DrainingServer[],
  seen: Observation,
): Action {
  const connections = waiting.map((server) => ({
    ...server,
    connections: connectionsOf(state.plan, seen, server),
  }));
  const message = timeoutMessage(state, connections);
  if (state.phase.kind === 'rolling-back') {
    return { kind: 'end', outcome: 'rolled-back', exitCode: state.phase.exitCode, message };
  }
  const exitCode = exitCodeOf('drain-timeout');
  return state.plan.policy.onTimeout === 'rollback'
    ? { kind: 'roll-back', cause: 'drain-timeout', reason: message, exitCode }
    : { kind: 'end', outcome: 'held', exitCode, message };
}

/** Tells whether counters still show connections on a settling server, which may all be over. */
const isCounted = (waiting: readonly DrainingServer[], seen: Observation): boolean =>
  waiting.some(
    (draining) =>
      seen.watches.get(draining.key)?.verdict.kind === 'settling' &&
      draining.directors.some((director) => countedOn(seen, draining, director) > 0),
  );

/** Polls the counters; where they cannot tell, reads the connection table, but not all the time. */
function watch(
  state: RolloutState,
  waiting: readonly DrainingServer[],
  seen: Observation,
  nowMs: number,
  untilMs: number,
): Action {
  const watches = waiting.flatMap(({ key }) => seen.watches.get(key) ?? []);
  const unsure = watches.filter(({ verdict }) => verdict.kind === 'needs-connections');
  // The second look at a server has the first behind it, which was not made too soon.
  const isSecond = unsure.some(({ emptySinceMs }) => emptySinceMs !== undefined);
  if (isSecond || (unsure.length > 0 && nowMs >= seen.nextConnectionsMs)) return { kind: 'look' };
  const verdicts = watches.map(({ verdict }) => verdict);
  const settledMs = Math.min(
    ...verdicts.flatMap((v) => (v.kind === 'settling' ? [v.untilMs] : [])),
  );
  // Whoever is still empty then leaves, and an edit is made from a listing with all attributes: this one.
  if (nowMs >= settledMs) {
    return isCounted(waiting, seen)
      ? { kind: 'look' }
      : { kind: 'observe', directors: directorsWhere(state, () => true) };
  }
  // A poll just before it would only make the removal later.
  const isNear = settledMs - seen.nextPollMs <= state.plan.policy.pollMs / 4;
  const dueMs = isNear ? settledMs : seen.nextPollMs;
  if (nowMs >= dueMs) return { kind: 'sample' };
  return { kind: 'wait', untilMs: Math.min(dueMs, untilMs) };
}
