import { exitCodeOf } from '../../domain/failure.ts';
import type { Action } from '../action.ts';
import { flappingMessage } from '../events/end-messages.ts';
import type { WaitedGate } from '../gates/waited-gate.ts';
import { isMoved, type ManagedEdit, managedEdits } from '../observe/managed-edits.ts';
import type { Observation } from '../observe/observation.ts';
import { sharesNow } from '../observe/shares-now.ts';
import { drainKey, withoutLost } from '../state/director-state.ts';
import { directorPlan, type RolloutState } from '../state/rollout-state.ts';

/** More weights set again than this of one server in a minute are no flap, but a fight. */
const mostAgain = 5;
const minuteMs = 60_000;

/** Sets the weights of the step again that the program which manages a service has just written over. */
export function decideManaged(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
): Action | undefined {
  for (const [name, edit] of editsIn(state, seen)) {
    if (edit.kind !== 'back') continue;
    const { reasserted = [], directors } = seen;
    const key = drainKey(edit.service, edit.server);
    const often = reasserted.filter(
      (one) => one.director === name && one.key === key && one.atMs > nowMs - minuteMs,
    );
    if (often.length >= mostAgain) {
      const plan = directorPlan(state, name).services.find((one) => one.service === edit.service);
      const live = directors.get(name)?.sample?.services.get(edit.service);
      const director = state.directors.get(name);
      const shares = plan && live && director ? sharesNow(plan, director, live) : '';
      const about = {
        ...edit,
        director: name,
        times: often.length,
        manager: plan?.managedBy ?? '',
      };
      const message = flappingMessage(state, about, shares);
      return { kind: 'end', outcome: 'held', exitCode: exitCodeOf('conflict'), message };
    }
    const retryAtMs = directors.get(name)?.troubles.edit?.retryAtMs ?? 0;
    if (retryAtMs <= nowMs) return { kind: 'reassert', director: name };
  }
  return undefined;
}

/** The servers that a step waits for, for their manager's checks have taken them out. */
export function managersWaited(state: RolloutState, seen: Observation): readonly WaitedGate[] {
  return editsIn(state, seen).flatMap(([name, edit]): readonly WaitedGate[] => {
    const plan = directorPlan(state, name);
    if (edit.kind !== 'down' || !isMoved(plan, edit)) return [];
    const { service, server, found } = edit;
    const owner = plan.services.find((one) => one.service === service)?.managedBy ?? '';
    const gate = { gate: `${owner} ${service}`, gateKind: 'manager' as const, server };
    const where = state.directors.size > 1 ? ` on ${name}` : '';
    const row = found === null ? 'it is not in the table' : 'it is at weight 0';
    return [{ gate, reason: 'server-down', detail: `${server}${where} is down: ${row}` }];
  });
}

const editsIn = (
  state: RolloutState,
  seen: Observation,
): readonly (readonly [director: string, ManagedEdit])[] =>
  withoutLost(state.directors).flatMap(([name, director]) => {
    const live = seen.directors.get(name)?.sample?.services;
    if (!live) return [];
    return managedEdits(directorPlan(state, name), director, live).map(
      (edit) => [name, edit] as const,
    );
  });
