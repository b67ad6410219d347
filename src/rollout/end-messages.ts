import { formatDuration } from '../domain/duration.ts';
import { exitCodeOf, type Failure } from '../domain/failure.ts';
import { gateTitle } from '../domain/gate.ts';
import { maintenanceOf } from '../domain/maintenance.ts';
import type { Plan } from '../domain/plan.ts';
import type { Drift } from './drift.ts';
import { lastStep, type RolloutState } from './journal.ts';
import { leavingServers } from './leaving.ts';
import type { Trouble } from './observation.ts';
import type { GateContext } from './ports.ts';

/**
 * The last word on a rollout: what happened and what state the table is in. These go into the journal
 * and the `finished` event, so they are made here, where the state is, and not in a reporter.
 */
export function doneMessage(state: RolloutState): string {
  const { plan, drained } = state;
  if (maintenanceOf(plan) === 'in') {
    return `${names(plan.to)} ${verb(plan.to, 'is', 'are')} in service again, with ${verb(plan.to, 'its', 'their')} full weight`;
  }
  const cutOff = new Set(
    leavingServers(state)
      .filter(({ key }) => !drained.has(key))
      .map(({ server }): string => server),
  );
  const emptied = plan.from.filter((server) => !cutOff.has(server));
  const fate = plan.policy.keep ? 'kept at weight 0' : 'removed';
  const what = [
    ...(emptied.length > 0 ? [`${names(emptied)} drained and ${fate}`] : []),
    ...(cutOff.size > 0 ? [`${names([...cutOff])} ${fate} at the drain deadline, not empty`] : []),
  ];
  if (maintenanceOf(plan) === 'out') {
    return `${what.join('; ')}${plan.policy.keep ? ', out of service' : ''}`;
  }
  return `${what.join('; ')}; ${names(plan.to)} ${verb(plan.to, 'has', 'have')} the traffic`;
}

export function rolledBackMessage({ plan, phase }: RolloutState): string {
  const isGate = phase.kind === 'returning' && phase.exitCode === exitCodeOf('gate');
  // Who asked for it knows why.
  const why = isGate && phase.reason !== 'asked to' ? `${phase.reason}; ` : '';
  return `${why}${wentBack(plan)}`;
}

function wentBack(plan: Plan): string {
  if (maintenanceOf(plan) === 'in') {
    return `rolled back: ${names(plan.to)} ${verb(plan.to, 'is', 'are')} out of service again, with the weight from before`;
  }
  return `rolled back: ${names(plan.from)} ${verb(plan.from, 'has', 'have')} the weight from before the rollout`;
}

export function timeoutMessage(
  { plan, phase }: RolloutState,
  waiting: readonly { readonly server: string; readonly connections: number }[],
): string {
  const left = waiting
    .map(({ server, connections }) => `${server} (${connections} connections)`)
    .join(', ');
  const after = formatDuration(plan.policy.drainTimeoutMs);
  return phase.kind === 'returning'
    ? `rolled back, but not empty after ${after}: ${left}; left in the table at weight 0`
    : `not empty after ${after}: ${left}; at weight 0, every new connection goes elsewhere`;
}

export function interruptedMessage(state: RolloutState, reason: string): string {
  return `${reason}: held ${progress(state)}`;
}

/** `gate check http://10.0.0.2:80/ failed before step 4 of 20: 503 Service Unavailable`. */
export function gateFailedReason(
  { step, of, movedFraction }: GateContext,
  name: string,
  detail: string,
) {
  const when = movedFraction < 1 ? `before step ${step} of ${of}` : 'after the last step';
  return `${gateTitle(name)} failed ${when}: ${detail}`;
}

export const gateHeldMessage = (state: RolloutState, reason: string): string =>
  `${reason}; held ${progress(state)}`;

/** `edited`: what could not be written is that an edit stands. */
export function unwrittenMessage(state: RolloutState, edited: boolean, failure: Failure): string {
  const next = failure.next ? ` (${failure.next})` : '';
  const change = edited ? 'with the edit after it made' : 'and the next change was not made';
  return `the journal cannot be written: ${failure.what}${next}; held ${progress(state)}, ${change}`;
}

export function conflictMessage(
  state: RolloutState,
  drift: Extract<Drift, { readonly kind: 'conflict' }>,
): string {
  return `somebody else changed ${drift.service} on ${drift.director}: expected ${drift.expected}, found ${drift.found}; held ${progress(state)}, nothing overwritten`;
}

export function troubleMessage(state: RolloutState, director: string, trouble: Trouble): string {
  const { failure } = trouble;
  const next = failure.next ? ` (${failure.next})` : '';
  return `director ${director} failed ${trouble.count} times: ${failure.what}${next}; held ${progress(state)}`;
}

/** `at step 7 of 20`, `after the ramp with the old servers at weight 0`, `while going back`. */
function progress({ phase, plan, directors }: RolloutState): string {
  const step = Math.min(...[...directors.values()].map((director) => director.step));
  switch (phase.kind) {
    case 'ramping':
      return step < 0 ? 'before the first step' : `at step ${step} of ${lastStep(plan)}`;
    case 'draining':
      return `after the ramp, with ${names(plan.from)} at weight 0`;
    case 'returning':
      return phase.sinceMs === undefined
        ? 'on the way back'
        : 'after going back, with the added servers at weight 0';
  }
}

const names = (servers: readonly string[]): string => servers.join(', ');

const verb = (subjects: readonly string[], one: string, many: string): string =>
  subjects.length === 1 ? one : many;
