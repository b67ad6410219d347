import type { ServerKey } from '../../domain/address.ts';
import type { GuardEventBody, WeightReason } from '../../domain/events/guard-event.ts';
import { leastServing } from '../../domain/health/guard.ts';
import type { RealServer } from '../../domain/ipvs/ipvs.ts';
import { isOutByAgent } from './agent.ts';
import { bringBack } from './bring-back.ts';
import { witnessesOf } from './corroborated-by.ts';
import { decideFallback, floorWithStandIns, hasStandIn, standsIn } from './fallback.ts';
import { type Health, isFailing, unasked } from './health.ts';
import { lowerByAgents } from './lower-by-agents.ts';
import { roomAboveFloor } from './room-above-floor.ts';
import {
  agentOf,
  type ServiceDecision,
  type ServiceView,
  type WeightEdit,
} from './service-view.ts';

/** A server that somebody deletes and adds again within this time keeps its mark. */
const forgetAfterMs = 60_000;

/**
 * Decides what the weights of one service should be now, and why. Touches a server only where the
 * server is failing, named in the maintenance folder, told so by its agent, or on its way back: a weight that
 * a person set is that person's, and so is a 0 without a mark.
 */
export function decideService(view: ServiceView): ServiceDecision {
  const taken = takeOver(view);
  const ramped = bringBack(view, taken.wanted);
  const out = takeOut(view, taken.wanted, ramped.weights);
  const gone = forgetGone(view);
  const fallback = decideFallback(view, out.isStoodIn);
  const edits = [...ramped.edits, ...out.edits];
  const dropMarks = [...taken.dropMarks, ...ramped.dropMarks, ...gone.dropMarks];
  const putMarks = new Map([...taken.putMarks, ...out.putMarks]);
  const percents = new Map([...ramped.percents, ...out.percents]);
  for (const server of ramped.percents.keys()) {
    const base = taken.wanted.get(server);
    if (base !== undefined && !putMarks.has(server)) putMarks.set(server, base);
  }
  for (const server of dropMarks) putMarks.delete(server);
  const known = new Map(view.live.servers.map(({ key, weight }) => [key, weight]));
  for (const { server, weight } of edits) known.set(server.key, weight);
  const { service } = view.guarded;
  return {
    edits,
    putMarks,
    percents,
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
      ...fallback.events,
    ],
    memory: {
      known,
      ramps: ramped.ramps,
      absentMs: gone.absentMs,
      looksDead: out.looksDead,
      kept: out.kept,
      floored: out.floored,
      fallbackEmptyMs: fallback.emptyMs,
    },
    fallback,
    ...earliest(ramped.dueMs, fallback.dueMs),
  };
}

const earliest = (...all: readonly (number | undefined)[]): Pick<ServiceDecision, 'dueMs'> => {
  const dues = all.flatMap((one) => one ?? []);
  return dues.length > 0 ? { dueMs: Math.min(...dues) } : {};
};

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
  const ownRoom = roomAboveFloor(view.floor, live);
  const taken = new Set<ServerKey>();
  const takeAway = (server: RealServer, reason: WeightReason): void => {
    const before = wanted.get(server.key) ?? server.weight;
    putMarks.set(server.key, before);
    serving.delete(server.key);
    taken.add(server.key);
    edits.push({ server, weight: 0, reason, wanted: before });
  };

  const leaves = (server: RealServer): WeightReason | undefined => {
    if (maintenance.has(server.key)) return 'maintenance';
    const agent = agentOf(view, server.key);
    return agent && isOutByAgent(agent) ? 'agent' : undefined;
  };
  // Those that a person has put to 0, or wants out, say nothing of the ones that serve.
  const candidates = live.servers.filter(
    (server) =>
      isFree(server) &&
      leaves(server) === undefined &&
      (serving.has(server.key) || wanted.has(server.key)),
  );
  const isStoodIn = standsIn(view, { candidates, weights, room: ownRoom });
  const room = isStoodIn ? roomAboveFloor(floorWithStandIns(view), live) : ownRoom;

  // An operator's word, or the server's own, needs no corroboration, but what is left must be more than dead servers.
  for (const server of live.servers) {
    const why = leaves(server);
    if (!isFree(server) || why === undefined || !serving.has(server.key)) continue;
    const rest = live.servers.filter(
      (one) => one.key !== server.key && serving.has(one.key) && healthOf(one).verdict !== 'down',
    );
    const down = live.servers.filter((one) => healthOf(one).verdict === 'down');
    const without = new Set([...taken, server.key, ...down.map(({ key }) => key)]);
    if (rest.length < least && !isStoodIn) kept.push(server.key);
    else if (room.hasRoomWithout(without)) takeAway(server, why);
    else floored.push(server.key);
  }

  const failing = candidates
    .filter((server) => serving.has(server.key) && isFailing(healthOf(server)))
    .sort((a, b) => (healthOf(a).streak?.sinceMs ?? 0) - (healthOf(b).streak?.sinceMs ?? 0));
  const isWitnessed = failing.length > 0 ? witnessesOf(candidates.map(healthOf)) : () => false;
  for (const server of failing) {
    const witnessed = isWitnessed(healthOf(server), nowMs, timing);
    // With all of them dead nobody can witness, and nothing is kept by keeping them.
    if (!witnessed && !isStoodIn) continue;
    if (serving.size <= least && !isStoodIn) kept.push(server.key);
    else if (room.hasRoomWithout(new Set([...taken, server.key]))) takeAway(server, 'dead');
    else floored.push(server.key);
  }

  const lower = lowerByAgents(view, { wanted, weights, taken, room });
  edits.push(...lower.edits);
  for (const [server, base] of lower.putMarks) putMarks.set(server, base);
  floored.push(...lower.floored);

  const isAlive = candidates.some((server) => healthOf(server).streak?.passed === true);
  const begins = hasStandIn(view) ? isStoodIn : failing.length > 0;
  const looksDead = !isAlive && candidates.length > 0 && (begins || memory.looksDead);
  const events: GuardEventBody[] = [];
  if (looksDead && !memory.looksDead && !isStoodIn) {
    const servers = candidates.filter(({ key }) => serving.has(key)).map(({ key }) => key);
    const reason = 'everything-looks-dead';
    events.push({ type: 'weights-kept', service, reason, servers, least });
  }
  if (!looksDead && memory.looksDead) events.push({ type: 'alive-again', service });
  const before = new Set(memory.kept);
  if (kept.some((key) => !before.has(key))) {
    events.push({ type: 'weights-kept', service, reason: 'min-healthy', servers: kept, least });
  }
  if (floored.some((key) => !before.has(key))) {
    const atFloor = { reason: 'min-serving', servers: floored, least: room.least } as const;
    events.push({ type: 'weights-kept', service, ...atFloor });
  }
  const { percents } = lower;
  return {
    edits,
    putMarks,
    percents,
    events,
    looksDead,
    isStoodIn,
    floored,
    kept: [...kept, ...floored],
  };
}

/** Drops marks of servers that have been out of the table for `forgetAfterMs`. */
function forgetGone({ live, marks, memory, nowMs }: ServiceView) {
  const listed = new Set(live.servers.map(({ key }) => key));
  const absent = [...marks.keys()].filter((key) => !listed.has(key));
  const absentMs = new Map(absent.map((key) => [key, memory.absentMs.get(key) ?? nowMs]));
  const dropMarks = absent.filter((key) => nowMs - (absentMs.get(key) ?? nowMs) >= forgetAfterMs);
  return { absentMs, dropMarks };
}
