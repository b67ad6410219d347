import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { GuardEventBody, WeightReason } from '../../domain/events/guard-event.ts';
import { type GuardedService, leastServing } from '../../domain/health/guard.ts';
import type { RealServer, VirtualService } from '../../domain/ipvs/ipvs.ts';
import { isWitness } from './corroborated-by.ts';
import { type Health, isFailing, unasked } from './health.ts';
import { elapsedAt, nextStepAt, rampWeight } from './ramp-up.ts';
import { type CountedFloor, roomAboveFloor } from './room-above-floor.ts';

/** A service as the guard sees it at this moment. */
export interface ServiceView {
  readonly guarded: GuardedService;
  readonly live: VirtualService;
  readonly health: ReadonlyMap<ServerKey, Health>;
  /** The guard's own marks: servers that it took weight from, each with the weight to return to. */
  readonly marks: ReadonlyMap<ServerKey, number>;
  /** Servers that an operator or a cluster has out, and that only they bring back. */
  readonly operatorOut: ReadonlySet<ServerKey>;
  /** Servers that a file in the maintenance folder names. */
  readonly maintenance: ReadonlySet<ServerKey>;
  readonly memory: ServiceMemory;
  readonly nowMs: number;
  /** The floor of the config file; absent: none. */
  readonly floor?: CountedFloor | undefined;
}

/** The guard's memory of a service from one decision to the next; a restart may lose it. */
export interface ServiceMemory {
  /** Weights as they were last seen or set; a server whose edit failed is not among them. */
  readonly known: ReadonlyMap<ServerKey, number>;
  /** The start of each server's ramp. */
  readonly ramps: ReadonlyMap<ServerKey, number>;
  /** The time since which a marked server is not in the table. */
  readonly absentMs: ReadonlyMap<ServerKey, number>;
  readonly looksDead: boolean;
  /** Servers that were reported as kept for `minHealthy` or `minServing`. */
  readonly kept: readonly ServerKey[];
}

export const blankMemory: ServiceMemory = {
  known: new Map(),
  ramps: new Map(),
  absentMs: new Map(),
  looksDead: false,
  kept: [],
};

export interface ServiceDecision {
  readonly edits: readonly WeightEdit[];
  /** Marks to be written before the edits. */
  readonly putMarks: ReadonlyMap<ServerKey, number>;
  /** Marks to be removed after the edits. */
  readonly dropMarks: readonly ServerKey[];
  /** Events to be emitted once the edits and marks are written. */
  readonly events: readonly GuardEventBody[];
  readonly memory: ServiceMemory;
  /** The time of the next decision even if nothing happens. */
  readonly dueMs?: number;
}

/** Decisions by service. */
export type Decisions = ReadonlyMap<ServiceKey, ServiceDecision>;

export interface WeightEdit {
  readonly server: RealServer;
  readonly weight: number;
  readonly reason: WeightReason;
  readonly wanted: number;
}

/** A server that somebody deletes and adds again within this time keeps its mark. */
const forgetAfterMs = 60_000;

/**
 * Decides what the weights of one service should be now, and why. Touches a server only where the
 * server is failing, named in the maintenance folder, or on its way back from there: a weight that
 * a person set is that person's, and so is a 0 without a mark.
 */
export function decideService(view: ServiceView): ServiceDecision {
  const taken = takeOver(view);
  const ramped = bringBack(view, taken.wanted);
  const out = takeOut(view, taken.wanted, ramped.weights);
  const gone = forgetGone(view);
  const edits = [...ramped.edits, ...out.edits];
  const dropMarks = [...taken.dropMarks, ...ramped.dropMarks, ...gone.dropMarks];
  const putMarks = new Map([...taken.putMarks, ...out.putMarks]);
  for (const server of dropMarks) putMarks.delete(server);
  const known = new Map(view.live.servers.map(({ key, weight }) => [key, weight]));
  for (const { server, weight } of edits) known.set(server.key, weight);
  const { service } = view.guarded;
  return {
    edits,
    putMarks,
    dropMarks,
    events: [
      ...taken.events,
      ...edits.map(
        ({ server, weight, reason, wanted }): GuardEventBody => ({
          type: 'weight-set',
          service,
          server: server.key,
          reason,
          from: server.weight,
          to: weight,
          wanted,
        }),
      ),
      ...out.events,
    ],
    memory: {
      known,
      ramps: ramped.ramps,
      absentMs: gone.absentMs,
      looksDead: out.looksDead,
      kept: out.kept,
    },
    ...(ramped.dueMs === undefined ? {} : { dueMs: ramped.dueMs }),
  };
}

/** Takes over weights of marked servers that somebody other than the guard has set. */
function takeOver({ guarded, live, marks, operatorOut, memory }: ServiceView) {
  const wanted = new Map<ServerKey, number>();
  const putMarks = new Map<ServerKey, number>();
  const dropMarks: ServerKey[] = [];
  const events: GuardEventBody[] = [];
  for (const { key, weight } of live.servers) {
    const mark = marks.get(key);
    if (mark === undefined) continue;
    const known = memory.known.get(key);
    // After a restart a weight up to the mark's may be a ramp that was cut off.
    const isSomebodys = known === undefined ? weight > mark : weight !== known;
    if (!isSomebodys || operatorOut.has(key)) {
      wanted.set(key, mark);
      continue;
    }
    if (weight === 0) dropMarks.push(key);
    else {
      wanted.set(key, weight);
      putMarks.set(key, weight);
    }
    events.push({
      type: 'weight-taken',
      service: guarded.service,
      server: key,
      weight,
      before: known ?? mark,
    });
  }
  return { wanted, putMarks, dropMarks, events };
}

/** Ramps up marked servers that have no reason to be out any more. */
function bringBack(view: ServiceView, wantedWeights: ReadonlyMap<ServerKey, number>) {
  const { guarded, live, operatorOut, maintenance, memory, nowMs } = view;
  const edits: WeightEdit[] = [];
  const dropMarks: ServerKey[] = [];
  const ramps = new Map<ServerKey, number>();
  const weights = new Map(live.servers.map(({ key, weight }) => [key, weight]));
  let dueMs: number | undefined;
  for (const server of live.servers) {
    const { key } = server;
    const wanted = wantedWeights.get(key);
    const { verdict, streak } = view.health.get(key) ?? unasked;
    if (wanted === undefined || operatorOut.has(key) || maintenance.has(key)) continue;
    if (verdict !== 'up' || streak?.passed !== true) continue;
    const ramp = { wanted, overMs: guarded.rampUpMs };
    const startMs = memory.ramps.get(key) ?? nowMs - elapsedAt(ramp, server.weight);
    const weight = Math.max(server.weight, rampWeight(ramp, nowMs - startMs));
    if (weight > server.weight) edits.push({ server, weight, reason: 'ramp', wanted });
    weights.set(key, weight);
    if (weight >= wanted) dropMarks.push(key);
    else {
      ramps.set(key, startMs);
      const nextMs = startMs + nextStepAt(ramp, nowMs - startMs);
      dueMs = Math.min(dueMs ?? nextMs, nextMs);
    }
  }
  return { edits, dropMarks, ramps, weights, dueMs };
}

/**
 * Takes failing servers, and those in the maintenance folder, to 0, as far as that leaves enough.
 * `weights` are those after the ramps' edits.
 */
function takeOut(
  view: ServiceView,
  wanted: ReadonlyMap<ServerKey, number>,
  weights: ReadonlyMap<ServerKey, number>,
) {
  const { guarded, live, health, operatorOut, maintenance, memory, nowMs } = view;
  const { service, timing, minHealthy } = guarded;
  const least = leastServing(minHealthy, live.servers.length);
  const healthOf = (server: RealServer): Health => health.get(server.key) ?? unasked;
  const serving = new Set(
    live.servers.flatMap(({ key }) => ((weights.get(key) ?? 0) > 0 ? [key] : [])),
  );
  const isFree = (server: RealServer): boolean => !operatorOut.has(server.key);
  const edits: WeightEdit[] = [];
  const putMarks = new Map<ServerKey, number>();
  const kept: ServerKey[] = [];
  const floored: ServerKey[] = [];
  const room = roomAboveFloor(view.floor, live);
  const taken = new Set<ServerKey>();
  const takeAway = (server: RealServer, reason: WeightReason): void => {
    const before = wanted.get(server.key) ?? server.weight;
    putMarks.set(server.key, before);
    serving.delete(server.key);
    taken.add(server.key);
    edits.push({ server, weight: 0, reason, wanted: before });
  };

  // An operator's word needs no corroboration, but what is left must be more than dead servers.
  for (const server of live.servers) {
    if (!isFree(server) || !maintenance.has(server.key) || !serving.has(server.key)) continue;
    const rest = live.servers.filter(
      (one) => one.key !== server.key && serving.has(one.key) && healthOf(one).verdict !== 'down',
    );
    const down = live.servers.filter((one) => healthOf(one).verdict === 'down');
    const without = new Set([...taken, server.key, ...down.map(({ key }) => key)]);
    if (rest.length < least) kept.push(server.key);
    else if (room.hasRoomWithout(without)) takeAway(server, 'maintenance');
    else floored.push(server.key);
  }

  // Those that a person has put to 0, or wants out, say nothing of the ones that serve.
  const candidates = live.servers.filter(
    (server) =>
      isFree(server) &&
      !maintenance.has(server.key) &&
      (serving.has(server.key) || wanted.has(server.key)),
  );
  const failing = candidates
    .filter((server) => serving.has(server.key) && isFailing(healthOf(server)))
    .sort((a, b) => (healthOf(a).streak?.sinceMs ?? 0) - (healthOf(b).streak?.sinceMs ?? 0));
  for (const server of failing) {
    const witnessed = candidates.some((one) =>
      isWitness(healthOf(one), healthOf(server), nowMs, timing),
    );
    if (!witnessed) continue;
    if (serving.size <= least) kept.push(server.key);
    else if (room.hasRoomWithout(new Set([...taken, server.key]))) takeAway(server, 'dead');
    else floored.push(server.key);
  }

  const isAlive = candidates.some((server) => healthOf(server).streak?.passed === true);
  const looksDead = !isAlive && candidates.length > 0 && (failing.length > 0 || memory.looksDead);
  const events: GuardEventBody[] = [];
  if (looksDead && !memory.looksDead) {
    const servers = candidates.filter(({ key }) => serving.has(key)).map(({ key }) => key);
    const reason = 'everything-looks-dead';
    events.push({ type: 'weights-kept', service, reason, servers, least });
  }
  if (!looksDead && memory.looksDead) events.push({ type: 'alive-again', service });
  if (kept.some((key) => !memory.kept.includes(key))) {
    events.push({ type: 'weights-kept', service, reason: 'min-healthy', servers: kept, least });
  }
  if (floored.some((key) => !memory.kept.includes(key))) {
    const atFloor = { reason: 'min-serving', servers: floored, least: room.least } as const;
    events.push({ type: 'weights-kept', service, ...atFloor });
  }
  return { edits, putMarks, events, looksDead, kept: [...kept, ...floored] };
}

/** Drops marks of servers that have been out of the table for `forgetAfterMs`. */
function forgetGone({ live, marks, memory, nowMs }: ServiceView) {
  const listed = new Set(live.servers.map(({ key }) => key));
  const absent = [...marks.keys()].filter((key) => !listed.has(key));
  const absentMs = new Map(absent.map((key) => [key, memory.absentMs.get(key) ?? nowMs]));
  const dropMarks = absent.filter((key) => nowMs - (absentMs.get(key) ?? nowMs) >= forgetAfterMs);
  return { absentMs, dropMarks };
}
