import type { Acted } from '../../domain/actor/acts.ts';
import type { NamesByServer } from '../../domain/places/named-servers.ts';
import type { Move } from '../../domain/rollout/plan.ts';
import {
  allWays,
  type CommandContext,
  commandText,
  isOver,
  type NamedWay,
  namedWays,
  type RolloutStatus,
  statusOf,
  waysFrom,
  waysFromEnd,
} from '../../domain/rollout/rollout-status.ts';
import { clockWaitingIn } from '../../record/clock-waiting.ts';
import type {
  RecordedPhase,
  RolloutRecord,
  ServerRole,
  ServiceRecord,
  Span,
} from '../../record/rollout-record.ts';

/**
 * A rollout as somebody sees it who watches, and as `/state` answers it: the field names are a contract.
 * Times are milliseconds since the epoch.
 */
export interface RolloutView {
  readonly rollout: string;
  readonly standing: RolloutStatus;
  readonly phase: RecordedPhase;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Weights that change with nobody to hand over: `from` is empty then. */
  readonly move?: Move;
  /** Names that were written for servers; absent: none. */
  readonly names?: NamesByServer;
  /** The last step in force on all directors; 0 before the first. */
  readonly step: number;
  /** The number of the last step. */
  readonly of: number;
  /** The moved part of what the old servers had: 0 to 1. */
  readonly movedFraction: number;
  readonly startedAtMs: number;
  /** The time of the end, or now while the rollout runs, or the time of the last thing known. */
  readonly untilMs: number;
  /** The time spent on each kind of span, up to `untilMs`. */
  readonly spentMs: Readonly<Record<Span['kind'], number>>;
  readonly gates: { readonly passed: number; readonly failed: number };
  /** The last answer of each gate, by name. */
  readonly lastGates: readonly { readonly gate: string; readonly passed: boolean }[];
  readonly services: readonly RolloutServiceView[];
  /** The reason why the rollout ended as it did. */
  readonly message: string;
  /** The things that people did to it, its start first; absent where nobody is known. */
  readonly acts?: readonly Acted[];
  /** The commands that the rollout takes while it is in progress, to be pasted. */
  readonly commands: readonly string[];
  /** The commands that lead on and back from where it stands still, by name; empty while it runs. */
  readonly ways: readonly NamedWay[];
  /** The rest of what the rollout does by itself, as far as anybody knows. */
  readonly left: TimeLeft;
}

export interface TimeLeft {
  /** Of the ramp in progress; a pause leaves it as it is. */
  readonly rampMs?: number;
  /** Of the wait for connections, at the most. */
  readonly drainAtMostMs?: number;
  /** What follows at the end of that wait if connections are left. */
  readonly onTimeout?: string;
}

export interface RolloutServiceView {
  readonly director: string;
  readonly service: string;
  readonly servers: readonly { readonly server: string; readonly role: ServerRole }[];
  readonly shareOf: ServiceRecord['shareOf'];
  /** The planned share of a rollout in progress; empty when the rollout is over. */
  readonly plannedShare: ServiceRecord['plannedShare'];
}

/** Whether a rollout is not over for good: it runs by itself, or waits for somebody. */
export const inProgress = ({ standing }: Pick<RolloutView, 'standing'>): boolean =>
  !isOver(standing);

export interface Viewing {
  readonly isRunning: boolean;
  readonly nowMs: number;
  /** The place of the commands that are shown. */
  readonly commands?: CommandContext | undefined;
}

/** The view of a rollout now. `isRunning`: a living process runs the rollout. */
export function viewOfRecord(
  record: RolloutRecord,
  { isRunning, nowMs, commands }: Viewing,
): RolloutView {
  const { rollout, plan, phase, steps, gates, services, end, startedAtMs } = record;
  const step = steps.at(-1);
  const untilMs = isRunning ? Math.max(nowMs, record.untilMs) : record.untilMs;
  const isBack = end?.outcome === 'rolled-back';
  const standing = statusOf({ isRunning, isPaused: record.paused, end });
  return {
    rollout,
    standing,
    phase,
    from: plan.from,
    to: plan.to,
    ...(plan.move ? { move: plan.move } : {}),
    ...(plan.names ? { names: plan.names } : {}),
    step: step?.step ?? 0,
    of: step?.of ?? plan.schedule.length - 1,
    movedFraction: isBack ? 0 : (step?.movedFraction ?? 0),
    startedAtMs,
    untilMs,
    spentMs: spent(record, untilMs),
    gates: {
      passed: gates.filter(({ verdict }) => verdict === 'passed').length,
      failed: gates.filter(({ verdict }) => verdict === 'failed').length,
    },
    lastGates: [...new Map(gates.map(({ gate, verdict }) => [gate, verdict === 'passed']))].map(
      ([gate, passed]) => ({ gate, passed }),
    ),
    services: services.map(({ director, service, servers, shareOf, plannedShare }) => ({
      director,
      service,
      servers: servers.map(({ server, role }) => ({ server, role })),
      shareOf,
      plannedShare: inProgress({ standing }) ? plannedShare : [],
    })),
    message: isRunning ? waitingWords(record) : (end?.message ?? ''),
    ...(record.acts ? { acts: record.acts } : {}),
    ways: isRunning && standing !== 'paused' ? [] : waysOf(record, standing, commands),
    left: isRunning ? timeLeft(record, nowMs) : {},
    commands: inProgress({ standing })
      ? allWays(waysFrom(standing, rollout)).map((way) => commandText(way, commands))
      : [],
  };
}

/** The time of day that the next step waits for, in words; empty where it waits for none. */
function waitingWords({ events }: Pick<RolloutRecord, 'events'>): string {
  const waiting = clockWaitingIn(events);
  return waiting ? `step ${waiting.step} waits ${waiting.detail}` : '';
}

/** The ways from where a rollout stands still. */
function waysOf(
  { rollout, plan, phase, end }: RolloutRecord,
  standing: RolloutStatus,
  commands: CommandContext | undefined,
): readonly NamedWay[] {
  if (!inProgress({ standing })) return [];
  const ways = end
    ? waysFromEnd(rollout, end, { policy: plan.policy, isBack: phase === 'returning' })
    : waysFrom(standing, rollout);
  return namedWays(ways, commands);
}

function timeLeft({ due, plan }: RolloutRecord, nowMs: number): TimeLeft {
  const { rampEndMs, rampLeftMs, drainDeadlineMs } = due;
  if (rampEndMs !== undefined) return { rampMs: rampLeftMs ?? Math.max(0, rampEndMs - nowMs) };
  if (drainDeadlineMs === undefined) return {};
  return {
    drainAtMostMs: Math.max(0, drainDeadlineMs - nowMs),
    onTimeout: plan.policy.onTimeout,
  };
}

function spent(record: RolloutRecord, untilMs: number): RolloutView['spentMs'] {
  const sums: Record<Span['kind'], number> = { ramp: 0, pause: 0, drain: 0, return: 0, stopped: 0 };
  for (const { kind, fromMs, toMs } of record.spans) sums[kind] += toMs - fromMs;
  sums[nowDoing(record)] += untilMs - record.untilMs;
  return sums;
}

function nowDoing({ paused, phase }: RolloutRecord): Span['kind'] {
  if (paused) return 'pause';
  const kinds = { ramping: 'ramp', draining: 'drain', returning: 'return' } as const;
  return kinds[phase];
}
