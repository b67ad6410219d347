import { assertNever } from '../domain/assert-never.ts';
import type {
  DrainEvent,
  Outcome,
  PlannedService,
  WeightsByServer,
} from '../domain/events/event.ts';
import type { Failure } from '../domain/failure.ts';
import { gateTitle } from '../domain/health/gate.ts';
import {
  fullName,
  fullNames,
  type NamesByServer,
  shortName,
} from '../domain/places/named-servers.ts';
import { printable, shortList } from '../domain/printable.ts';
import { type MovedSides, maintenanceOf } from '../domain/rollout/maintenance.ts';
import type { Move } from '../domain/rollout/plan.ts';
import {
  adviceText,
  type CommandContext,
  commandText,
  isUntilEnd,
} from '../domain/rollout/rollout-status.ts';
import { gateWaitWords } from './gate-wait.ts';
import { notDraining } from './not-draining.ts';
import { count, roughly, shortPercent } from './text/amounts.ts';
import { headed } from './text/headed.ts';

export interface WordingOptions {
  /** Whether the director is named; of little use when there is only one. */
  readonly namesDirector?: boolean;
  /** Names that somebody wrote for the servers. */
  readonly names?: NamesByServer | undefined;
  /** The place of the commands that a sentence names; absent: it names none. */
  readonly commands?: CommandContext | undefined;
}

/** A step that starts later than this is worth a word. */
const noteworthyLateMs = 1_000;

/** The outcomes as titles of a page or a summary. */
const outcomeTitles: Readonly<Record<Outcome, string>> = {
  done: 'Done',
  held: 'Held',
  'rolled-back': 'Rolled back',
  refused: 'Refused',
  failed: 'Failed',
};

/** The end of a rollout as a title; one that ended at its `--until` is done for now. */
export const outcomeTitle = (end: { readonly outcome: Outcome; readonly exitCode: number }) =>
  isUntilEnd(end) ? 'Done for now' : outcomeTitles[end.outcome];

/** Describes an event in one sentence on one line, whatever strings the event carries. */
export function describeEvent(event: DrainEvent, options: WordingOptions = {}): string {
  const { namesDirector = true, names } = options;
  const who = (server: string): string => fullName(server, names);
  const at = (where: { readonly director: string; readonly service: string }): string => {
    const service = printable(where.service);
    return namesDirector ? `${service} on ${printable(where.director)}` : service;
  };
  switch (event.type) {
    case 'planned':
      return describePlanned(event);
    case 'warning':
      return `warning: ${event.service === undefined ? '' : `${printable(event.service)}: `}${message(event.message)}`;
    case 'step-applied':
      return `${at(event)}: ${describeStep(event, names)}`;
    case 'sampled': {
      const { server, activeConn, inActConn, persistConn, weight } = event;
      const templates = persistConn > 0 ? `, ${count(persistConn, 'persistence template')}` : '';
      return `${at(event)}: ${who(server)} at weight ${weight} has ${count(activeConn, 'active connection')}, ${inActConn} inactive${templates}`;
    }
    case 'gate-passed':
    case 'gate-failed': {
      const verdict = event.type === 'gate-passed' ? 'passed' : 'failed';
      return `${printable(gateTitle(event))} ${verdict} before step ${event.step}: ${message(event.detail)}`;
    }
    case 'gate-waiting':
      return `step ${event.step} has waited ${roughly(event.waitedMs)} for ${gateWaitWords(event)}`;
    case 'waiting':
      return `step ${event.step} waits ${message(event.detail)}`;
    case 'paused': {
      const { commands } = options;
      const on =
        commands && !commands.isPassing && commandText(['continue', event.rollout], commands);
      return `${withReason(event.type, event.reason)}${on ? `; go on: ${on}` : ''}`;
    }
    case 'continued':
    case 'held':
      return withReason(event.type, event.reason);
    case 'quiesced':
      return `${at(event)}: ${who(event.server)} is at weight 0; its connections are left to end`;
    case 're-asserted':
      return `${at(event)}: ${who(event.server)} came back with weight ${event.found}, and has that of the step again: ${event.weight}`;
    case 'not-draining':
      return `${at(event)}: ${who(event.server)} does not drain: ${notDraining(event)}`;
    case 'drained':
      return `${at(event)}: ${who(event.server)} is empty, ${roughly(event.afterMs)} after its weight became 0`;
    case 'removed':
      return `${at(event)}: ${who(event.server)} is removed, ${roughly(event.afterMs)} after its weight became 0`;
    case 'drift-detected':
      return `${at(event)}: somebody else changed it: expected ${message(event.expected)}, found ${message(event.found)}`;
    case 'rollback-started':
      return `going back: ${message(event.reason)}`;
    case 'rolled-back':
      return withReason('rolled back', event.reason);
    case 'finished':
      return `${message(event.message)} (${event.outcome}, exit code ${event.exitCode})`;
    default:
      return assertNever(event);
  }
}

/** A command is of no use without its end. */
const longestAdvice = 10_000;

const message = (text: string): string => printable(text, 600);

/** The engine's reasons are sentences, most of which have the word already. */
const withReason = (word: string, reason: string): string =>
  headed(word, message(reason), { unless: 'holding-it' });

function describePlanned(event: Extract<DrainEvent, { type: 'planned' }>): string {
  const { services, overMs, everyMs, until } = event;
  const where =
    services.length === 1
      ? printable(services[0]?.service ?? '')
      : count(services.length, 'service');
  const pace =
    overMs === 0 ? 'in one step' : `over ${roughly(overMs)}, a step every ${roughly(everyMs)}`;
  return `plan: ${handOver(event)}${untilWords(until)} in ${where}, ${pace}`;
}

/** ` until 10 %` of a ramp that ends there for now; empty where it goes all the way. */
export const untilWords = (until: number | undefined): string =>
  until === undefined ? '' : ` until ${shortPercent(until)}`;

/** `10.0.0.1:80 → web-2 (10.0.0.2:80)`, or `take out 10.0.0.1:80`, `add 10.0.0.3:80` where nobody takes over. */
export function handOver(
  plan: MovedSides & { readonly names?: NamesByServer | undefined },
): string {
  const [old, filled] = [plan.from, plan.to].map((all) => fullNames(all, plan.names));
  if (plan.move) return `${moveWords[plan.move]} ${filled}`;
  switch (maintenanceOf(plan)) {
    case 'out':
      return `take out ${old}`;
    case 'in':
      return `bring in ${filled}`;
    case undefined:
      return `${old} → ${filled}`;
  }
}

const moveWords: Readonly<Record<Move, string>> = { add: 'add', weight: 'set the weight of' };

/** The parts of a planned service that are told in another way. */
interface PlannedWording {
  /** The servers that move; absent: those whose weights change. */
  readonly servers?: readonly string[];
  readonly names?: NamesByServer | undefined;
  readonly until?: number;
  /** Shares instead of weights, which end on another scale; the others have what is left. */
  readonly isMove?: boolean;
}

/** `tcp/10.0.0.100:80 (wrr): 20 steps; weights 10.0.0.1:80 100 → 0, 10.0.0.2:80 0 → 100, others unchanged`. */
export function describePlannedService(
  planned: PlannedService,
  { servers, names, until, isMove = false }: PlannedWording = {},
): string {
  const { service, scheduler, steps } = planned;
  const first = steps[0]?.weights ?? {};
  const last = steps.at(-1)?.weights ?? {};
  const moving = Object.keys(first).filter(
    (server) => servers?.includes(server) ?? first[server] !== last[server],
  );
  const amount = isMove
    ? (weights: WeightsByServer, server: string) => shortPercent(shareOf(weights, server))
    : (weights: WeightsByServer, server: string) => String(weights[server] ?? 0);
  const changes = moving.map(
    (server) => `${shortName(server, names)} ${amount(first, server)} → ${amount(last, server)}`,
  );
  const others = Object.keys(first).length - moving.length;
  const stay = isMove ? `in ${others === 1 ? 'its' : 'their'} proportions` : 'unchanged';
  const rest = others > 0 ? `, ${count(others, 'other')} ${stay}` : '';
  const length = count(Math.max(0, steps.length - 1), 'step');
  const what = isMove ? 'shares' : 'weights';
  // The weights of the last step are where it would go, and not where it stays.
  const ends =
    until === undefined ? `; ${what}` : `,${untilWords(until)} for now; ${what} all the way`;
  return `${printable(service)} (${printable(scheduler)}): ${length}${ends} ${shortList(changes)}${rest}`;
}

const shareOf = (weights: WeightsByServer, server: string): number => {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return total === 0 ? 0 : (weights[server] ?? 0) / total;
};

function describeStep(
  event: Extract<DrainEvent, { type: 'step-applied' }>,
  names: NamesByServer | undefined,
): string {
  const { step, of, movedFraction, lateMs } = event;
  const late = lateMs >= noteworthyLateMs ? `, ${roughly(lateMs)} late` : '';
  return `step ${step} of ${of}${late}, ${shortPercent(movedFraction)} moved; weights ${listWeights(event.weights, names)}`;
}

/** `10.0.0.1:80 65, 10.0.0.2:80 35`. */
const listWeights = (weights: WeightsByServer, names: NamesByServer | undefined): string =>
  shortList(
    Object.entries(weights).map(([server, weight]) => `${shortName(server, names)} ${weight}`),
  );

/**
 * A failure as at most three lines: what happened, where, what to do next.
 *
 *     drain: a plan has no field "form" here
 *       where: plan.yaml:3:1
 *       next:  Allowed are from, to, over.
 */
export function describeFailure(
  { what, where, next }: Failure,
  commands: CommandContext = {},
): string {
  const lines = [`drain: ${message(what)}`];
  if (where) lines.push(`  where: ${message(where)}`);
  if (next) lines.push(`  next:  ${printable(adviceText(next, commands), longestAdvice)}`);
  return lines.join('\n');
}
