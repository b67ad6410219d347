import { type Actor, actorText } from '../../domain/actor/actor.ts';
import { formatDuration } from '../../domain/duration.ts';
import { exitCodeOf, type Failure } from '../../domain/failure.ts';
import { gateTitle } from '../../domain/health/gate.ts';
import { shortList } from '../../domain/printable.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import type { GateState } from '../gates/gate-state.ts';
import { drainingServers } from '../observe/draining-servers.ts';
import type { Drift } from '../observe/drift.ts';
import type { Trouble } from '../observe/observation.ts';
import type { GateContext } from '../ports.ts';
import { type DirectorState, lostOnes, withoutLost } from '../state/director-state.ts';
import { lastStep, type RolloutEnd, type RolloutState } from '../state/rollout-state.ts';
import { movedBack, movedMessage } from './move-messages.ts';

/**
 * The last word on a rollout: what happened and what state the table is in. These go into the journal
 * and the `finished` event, so they are made here, where the state is, and not in a reporter.
 */
export function doneMessage(state: RolloutState): string {
  const { plan, drained } = state;
  if (plan.move) return movedMessage(plan, plan.move);
  if (maintenanceOf(plan) === 'in') {
    return `${names(plan.to)} ${verb(plan.to, 'is', 'are')} in service again, with ${verb(plan.to, 'its', 'their')} full weight`;
  }
  const cutOff = new Set(
    drainingServers(state)
      .filter(({ key }) => !drained.has(key))
      .map(({ server }): string => server),
  );
  const emptied = plan.from.filter((server) => !cutOff.has(server));
  const fate = plan.policy.keep ? 'kept at weight 0' : 'removed';
  const what = [
    ...(emptied.length > 0 ? [`${names(emptied)} drained and ${fate}`] : []),
    ...(cutOff.size > 0
      ? [
          `${names([...cutOff])} ${fate} at the drain deadline, ${plan.policy.onTimeout === 'reset' ? 'its last clients reset' : 'not empty'}`,
        ]
      : []),
  ];
  if (maintenanceOf(plan) === 'out') {
    return `${what.join('; ')}${plan.policy.keep ? ', out of service' : ''}`;
  }
  // On a backup all connections are copies: the table is as planned, and the traffic is elsewhere.
  const isCopy = plan.directors.every(({ syncBackup }) => syncBackup === true);
  const gained = isCopy
    ? 'the weight; the traffic is at the master of this sync backup'
    : 'the traffic';
  return `${what.join('; ')}; ${names(plan.to)} ${verb(plan.to, 'has', 'have')} ${gained}`;
}

/** `done until 10 %: 10.0.0.2:80 has 10 % of the weight that moves, 10.0.0.1:80 the rest`. */
export function untilMessage({ plan }: RolloutState): string {
  const part = percent(plan.until ?? 1);
  if (plan.move) {
    const way = verb(plan.to, 'the way to its weight', 'the way to their weights');
    return `done until ${part}: ${names(plan.to)} ${verb(plan.to, 'has', 'have')} gone ${part} of ${way}`;
  }
  return `done until ${part}: ${names(plan.to)} ${verb(plan.to, 'has', 'have')} ${part} of the weight of ${names(plan.from)}, which ${verb(plan.from, 'keeps', 'keep')} the rest`;
}

/** `promoted at step 2 of 20: the rest of the ramp in one step`, and by whom where that is known. */
export function promotedReason(state: RolloutState, actor?: Actor): string {
  const what = `promoted ${progress(state)}: the rest of the ramp in one step, when the gates let it`;
  return actor ? `${what}; asked for by ${actorText(actor)}` : what;
}

const percent = (fraction: number): string => `${Number((100 * fraction).toFixed(4))} %`;

export function rolledBackMessage({ plan, phase }: RolloutState): string {
  // Whoever asked for a rollback knows why.
  const why = phase.kind === 'rolling-back' && phase.cause === 'gate' ? `${phase.reason}; ` : '';
  return `${why}${wentBack(plan)}`;
}

function wentBack(plan: Plan): string {
  if (plan.move) return `rolled back: ${movedBack(plan, plan.move)}`;
  if (maintenanceOf(plan) === 'in') {
    return `rolled back: ${names(plan.to)} ${verb(plan.to, 'is', 'are')} out of service again, with the weight from before`;
  }
  return `rolled back: ${weightBack(plan)}`;
}

const weightBack = (plan: Plan): string =>
  plan.move
    ? movedBack(plan, plan.move)
    : `${names(plan.from)} ${verb(plan.from, 'has', 'have')} the weight from before the rollout`;

export function timeoutMessage(
  { plan, phase }: RolloutState,
  waiting: readonly { readonly server: string; readonly connections: number }[],
): string {
  const left = names(
    waiting.map(({ server, connections }) => `${server} (${connections} connections)`),
  );
  const after = formatDuration(plan.policy.drainTimeoutMs);
  return phase.kind === 'rolling-back'
    ? `rolled back, but not empty after ${after}: ${left}; left in the table at weight 0`
    : `not empty after ${after}: ${left}; at weight 0, every new connection goes elsewhere`;
}

export function interruptedMessage(state: RolloutState, reason: string): string {
  return `${reason}: held ${progress(state)}`;
}

/** `gate check http://10.0.0.2:80/ failed before step 4 of 20: 503 Service Unavailable`. */
export function gateFailedReason(
  { step, of, movedFraction }: GateContext,
  { gate, detail }: GateState,
) {
  const when = movedFraction < 1 ? `before step ${step} of ${of}` : 'after the last step';
  return `${gateTitle(gate)} failed ${when}: ${detail}`;
}

export const gateHeldMessage = (state: RolloutState, reason: string): string =>
  `${reason}; held ${progress(state)}`;

/**
 * The end of a rollout whose journal cannot be written; with `edited` the unwritten entry is that
 * an edit was made. A rollout that another process took over is that one's to hold.
 */
export function unwrittenEnd(state: RolloutState, edited: boolean, failure: Failure): RolloutEnd {
  const next = furtherOf(failure);
  const change = edited ? 'with the edit after it made' : 'and the next change was not made';
  const what = `${failure.what}${next}`;
  if (failure.kind === 'conflict') {
    const message = `${what}; this process has stopped ${progress(state)}, ${change}`;
    return { outcome: 'failed', exitCode: exitCodeOf('conflict'), message };
  }
  const message = `the journal cannot be written: ${what}; held ${progress(state)}, ${change}`;
  return { outcome: 'held', exitCode: exitCodeOf('director'), message };
}

/** Advice in brackets; not one with commands in it, which somebody reads who is elsewhere. */
const furtherOf = ({ next = [] }: Failure): string => (Array.isArray(next) ? '' : ` (${next})`);

export function conflictMessage(
  state: RolloutState,
  drift: Extract<Drift, { readonly kind: 'conflict' }>,
  shares = '',
): string {
  const left = shares === '' ? '' : `; new connections now: ${shares}`;
  return `somebody else changed ${drift.service} on ${drift.director}: expected ${drift.expected}, found ${drift.found}; held ${progress(state)}, nothing overwritten${left}`;
}

/** The end of a rollout whose manager brings a server back again and again. */
export function flappingMessage(
  state: RolloutState,
  {
    director,
    service,
    server,
    times,
    manager,
  }: {
    readonly director: string;
    readonly service: string;
    readonly server: string;
    readonly times: number;
    readonly manager: string;
  },
  shares: string,
): string {
  const left = shares === '' ? '' : `; new connections now: ${shares}`;
  return `${manager} brought ${server} of ${service} on ${director} back with its own weight more than ${times} times in a minute: its check comes and goes; held ${progress(state)}${left}`;
}

export function emptiedMessage(
  state: RolloutState,
  { service, director }: { readonly service: string; readonly director: string },
): string {
  return `somebody else took the weight of all other servers of ${service} on ${director}, and the next steps would leave it without any; held ${progress(state)}`;
}

export function troubleMessage(state: RolloutState, director: string, trouble: Trouble): string {
  const { failure } = trouble;
  const next = furtherOf(failure);
  return `director ${director} failed ${trouble.count} times: ${failure.what}${next}; held ${progress(state)}`;
}

/** The message about a lost director that never came back, and what is left to do there. */
export function lostMessage(state: RolloutState): string {
  const { phase, plan } = state;
  const lost = lostOnes(state.directors).map(([name]) => name);
  const done =
    phase.kind === 'ramping'
      ? `all others are ${commonProgress(state)}`
      : phase.kind === 'rolling-back'
        ? `rolled back everywhere else: ${weightBack(plan)}`
        : plan.move
          ? `done everywhere else: ${movedMessage(plan, plan.move)}`
          : `done everywhere else: ${names(plan.from)} ${plan.policy.keep ? 'kept at weight 0' : 'removed'}`;
  const command = phase.kind === 'rolling-back' ? 'roll back again' : 'resume';
  return `${names(lost)} cannot be reached${strays(state)}; ${done}; ${command} when ${verb(lost, 'it is', 'they are')} back`;
}

/**
 * The places of directors that are not where the rollout is: ` (lb2: lost at step 5; lb3: at step
 * 6)`. Empty where all are alike.
 */
function strays(state: RolloutState): string {
  const { directors, plan, phase } = state;
  if (directors.size < 2) return '';
  const counting = withoutLost(directors).map(([, director]) => director);
  const step = Math.min(...counting.map((director) => director.step));
  const removed = Math.min(...counting.map((director) => director.removed.size));
  const isElsewhere = (director: DirectorState): boolean =>
    phase.kind === 'rolling-back'
      ? !director.rolledBack
      : director.step !== step || director.removed.size !== removed || director.intended.length > 0;
  const others = [...directors].flatMap(([name, director]) =>
    director.lost || isElsewhere(director)
      ? [`${name}: ${director.lost ? 'lost ' : ''}${place(director, plan)}`]
      : [],
  );
  return others.length > 0 ? ` (${shortList(others, mostNamed, '; ')})` : '';
}

/** The place of one director, as far as is known: `at step 1 or 2 of 4`. */
function place({ step, intended, rolledBack, removed }: DirectorState, plan: Plan): string {
  if (rolledBack) return 'with the table from before';
  const old = names(plan.from);
  const isDraining = intended.some(({ kind }) => kind === 'retire');
  if (isDraining) return `with ${old} at weight 0 or removed`;
  if (removed.size > 0) return `with ${old} removed`;
  const intent = intended.findLast((one) => 'step' in one);
  const or = intent && 'step' in intent && intent.step !== step ? ` or ${intent.step}` : '';
  if (step < 0) return `before the first step${or && `, or at step ${or.slice(4)}`}`;
  return `at step ${step}${or} of ${plan.schedule.length - 1}`;
}

/** The progress of a rollout: `at step 7 of 20`, `after the ramp, with 10.0.0.1:80 at weight 0`. */
function progress(state: RolloutState): string {
  return `${commonProgress(state)}${strays(state)}`;
}

function commonProgress({ phase, plan, directors }: RolloutState): string {
  const step = Math.min(...withoutLost(directors).map(([, director]) => director.step));
  switch (phase.kind) {
    case 'ramping':
      return step < 0 ? 'before the first step' : `at step ${step} of ${lastStep(plan)}`;
    case 'draining':
      if (plan.move) return 'after the ramp';
      return `after the ramp, with ${names(plan.from)} at weight 0`;
    case 'rolling-back':
      return phase.sinceMs === undefined
        ? 'on the way back'
        : 'after going back, with the added servers at weight 0';
  }
}

/** The servers by name, as far as a sentence can hold them. */
const names = (servers: readonly string[]): string => shortList(servers, mostNamed);

const mostNamed = 20;

const verb = (subjects: readonly string[], one: string, many: string): string =>
  subjects.length === 1 ? one : many;
