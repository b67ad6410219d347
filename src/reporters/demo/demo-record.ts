import type { ServerKey } from '../../domain/address.ts';
import type { DrainEvent } from '../../domain/events/event.ts';
import type { Plan, ScheduledStep, ServicePlan } from '../../domain/rollout/plan.ts';
import type { DemoTraffic } from './demo-traffic.ts';

/** The history of one service of a simulated rollout, enough to draw any moment of it. */
export interface DemoRecord {
  readonly service: ServicePlan;
  readonly schedule: readonly ScheduledStep[];
  readonly overMs: number;
  readonly phase: 'ramp' | 'drain' | 'removed';
  /** Virtual time of step 0, in milliseconds since 1970. */
  readonly startMs?: number;
  /** Milliseconds since step 0. */
  readonly elapsedMs: number;
  readonly quiescedMs?: number;
  /** The time at which the last old server was empty. */
  readonly emptyMs?: number;
  /** Steps that were applied, with the counts at that time. */
  readonly steps: readonly StepMark[];
  /** Samples, one for each second of virtual time, the first at step 0. */
  readonly samples: readonly DemoSample[];
  /** Active connections by server. */
  readonly active: ReadonlyMap<string, number>;
  readonly removed: ReadonlySet<string>;
  readonly problems: DemoProblems;
  readonly before: Counts;
}

/** New connections by server, since the record began. */
export type Delivered = ReadonlyMap<ServerKey, number>;

export interface StepMark {
  readonly step: number;
  readonly atMs: number;
  readonly delivered: Delivered;
}

export interface DemoSample {
  readonly atMs: number;
  readonly delivered: Delivered;
  /** Active connections of the old servers. */
  readonly onOld: number;
}

export interface DemoProblems {
  readonly refused: number;
  readonly reset: number;
  readonly hung: number;
}

interface Counts extends DemoProblems {
  readonly delivered: Delivered;
}

const sampleEveryMs = 1_000;

/** A record of the plan's first service. The traffic's past, its warm-up, does not count. */
export function openRecord(plan: Plan, traffic: DemoTraffic): DemoRecord | undefined {
  const service = plan.directors[0]?.services[0];
  if (!service) return undefined;
  return {
    service,
    schedule: plan.schedule,
    overMs: plan.overMs,
    phase: 'ramp',
    elapsedMs: 0,
    steps: [],
    samples: [],
    active: new Map(),
    removed: new Set(),
    problems: { refused: 0, reset: 0, hung: 0 },
    before: countsOf(service, traffic),
  };
}

/** The record after an event; events carry the virtual time, so no clock is needed. */
export function addToRecord(
  record: DemoRecord,
  event: DrainEvent,
  traffic: DemoTraffic,
): DemoRecord {
  const about = 'service' in event ? event.service : undefined;
  if (about !== undefined && about !== record.service.service) return record;
  const atMs = Date.parse(event.at);
  if (record.startMs === undefined) {
    if (event.type !== 'step-applied') return record;
    const before = countsOf(record.service, traffic);
    return addEvent({ ...record, before, startMs: atMs }, event, traffic);
  }
  return addEvent({ ...record, elapsedMs: atMs - record.startMs }, event, traffic);
}

function addEvent(record: DemoRecord, event: DrainEvent, traffic: DemoTraffic): DemoRecord {
  const { elapsedMs } = record;
  const counts = subtract(countsOf(record.service, traffic), record.before);
  const { refused, reset, hung, delivered } = counts;
  const counted = { ...record, problems: { refused, reset, hung } };
  switch (event.type) {
    case 'step-applied': {
      const mark = { step: event.step, atMs: elapsedMs, delivered };
      return sampled({ ...counted, steps: [...record.steps, mark] }, delivered);
    }
    case 'sampled': {
      const active = new Map([...record.active, [event.server, event.activeConn]]);
      return sampled({ ...counted, active }, delivered);
    }
    case 'quiesced':
      return { ...counted, phase: 'drain', quiescedMs: elapsedMs };
    case 'drained':
      return { ...counted, emptyMs: elapsedMs };
    case 'removed': {
      const removed = new Set([...record.removed, event.server]);
      const all = record.service.oldServers.every((server) => removed.has(server));
      return { ...counted, removed, phase: all ? 'removed' : record.phase };
    }
    case 'finished':
      return sampled(counted, delivered, 0);
    default:
      return counted;
  }
}

/** Adds a sample if the last one is long enough ago. */
function sampled(
  record: DemoRecord,
  delivered: Delivered,
  everyMs: number = sampleEveryMs,
): DemoRecord {
  const { samples, elapsedMs, active, service } = record;
  const last = samples.at(-1);
  // Counters are sampled on a grid of seconds, give or take what a command costs.
  if (last && elapsedMs < last.atMs + 0.9 * everyMs) return record;
  const onOld = service.oldServers.reduce((sum, server) => sum + (active.get(server) ?? 0), 0);
  return { ...record, samples: [...samples, { atMs: elapsedMs, delivered, onOld }] };
}

function countsOf({ service, servers }: ServicePlan, traffic: DemoTraffic): Counts {
  const live = traffic.delivered.get(service);
  const { refused, reset, hung } = traffic;
  return {
    delivered: new Map(servers.map((server) => [server, live?.get(server) ?? 0])),
    refused,
    reset,
    hung,
  };
}

const subtract = (now: Counts, before: Counts): Counts => ({
  delivered: deliveredBetween(before.delivered, now.delivered),
  refused: now.refused - before.refused,
  reset: now.reset - before.reset,
  hung: now.hung - before.hung,
});

export const deliveredBetween = (before: Delivered, after: Delivered): Delivered =>
  new Map([...after].map(([server, total]) => [server, total - (before.get(server) ?? 0)]));

export const totalOf = (delivered: Delivered): number =>
  [...delivered.values()].reduce((sum, n) => sum + n, 0);
