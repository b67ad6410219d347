import { type ServerKey, serverKey, splitServerKey } from '../../domain/address.ts';
import type { GuardEventBody } from '../../domain/events/guard-event.ts';
import { type CountedPart, noCapacity } from '../../domain/floor/floor.ts';
import type { FallbackClaim, FallbackServer } from '../../domain/health/fallback.ts';
import { type Change, findServer, maxWeight, type RealServer } from '../../domain/ipvs/ipvs.ts';
import { type Health, isFailing, unasked } from './health.ts';
import type { CountedFloor, RoomAboveFloor } from './room-above-floor.ts';
import {
  type FallbackDecision,
  type FallbackView,
  noFallback,
  type ServiceView,
} from './service-view.ts';

/** The time that a fallback server must be seen empty before it is removed. */
const settleMs = 5_000;

/** A service's own servers as the fallback looks at them, after the edits of their ramps. */
export interface OwnServers {
  /** Those of which the guard expects that they serve. */
  readonly candidates: readonly RealServer[];
  readonly weights: ReadonlyMap<ServerKey, number>;
  /** The room above the floor by the service's own servers alone. */
  readonly room: RoomAboveFloor;
}

/** The servers that may stand in: those of the file that nobody has out and that are none of the service's own. */
export const standIns = (view: ServiceView): readonly (readonly [ServerKey, FallbackServer])[] =>
  (view.guarded.fallback ?? []).flatMap((one) => {
    const key = keyOf(one, view);
    const isOwn = findServer(view.live, key) !== undefined;
    return isOwn || fallbackIn(view).out.has(key) ? [] : [[key, one] as const];
  });

const fallbackIn = ({ fallback }: ServiceView): FallbackView => fallback ?? noFallback;

/** Whether any fallback server serves or can: one of the file, or one that it has named before. */
export const hasStandIn = (view: ServiceView): boolean => {
  const { servers, out } = fallbackIn(view);
  return (
    standIns(view).length > 0 || servers.some(({ key, weight }) => weight > 0 && !out.has(key))
  );
};

/** The floor of a service while its fallback stands in: what that serves counts. */
export function floorWithStandIns(view: ServiceView): CountedFloor | undefined {
  const { floor } = view;
  if (!floor) return undefined;
  const { servers } = fallbackIn(view);
  const weights = new Map(servers.map(({ key, weight }) => [key, weight]));
  for (const [key, { weight }] of standIns(view))
    weights.set(key, weights.get(key) || (weight ?? weightOfAll(view)));
  const parts = [...weights].map(([key, weight]): CountedPart => {
    const serving = { servers: weight > 0 ? 1 : 0, weight };
    return { servers: [key], base: noCapacity, serving };
  });
  return { ...floor, counted: { ...floor.counted, parts: [...floor.counted.parts, ...parts] } };
}

/**
 * Tells whether fallback servers are to serve. They come in when every server that serves, or should, is found
 * dead; and they serve until one of those is up and has weight again and the floor is kept without them.
 */
export function standsIn(view: ServiceView, { candidates, weights, room }: OwnServers): boolean {
  const healthOf = ({ key }: RealServer): Health => view.health.get(key) ?? unasked;
  const serving = view.live.servers.filter(({ key }) => (weights.get(key) ?? 0) > 0);
  const areDead =
    candidates.length > 0 && [...candidates, ...serving].every((one) => isFailing(healthOf(one)));
  const { claim, servers } = fallbackIn(view);
  if (!hasStandIn(view)) return false;
  if (areDead) return true;
  // One that has weight still serves, whatever a guard that was cut off meant to do with it.
  if (!claim || (claim.leavingMs !== undefined && !servers.some(({ weight }) => weight > 0)))
    return false;
  const isBack = serving.some((one) => {
    const { verdict, streak } = healthOf(one);
    return verdict === 'up' && streak?.passed === true;
  });
  return !isBack || !room.hasRoomWithout(new Set());
}

/**
 * Decides what becomes of the fallback servers of a service: added, or given weight again; at weight 0 when they
 * are not needed any more; removed when they have been empty for `settleMs`.
 */
export function decideFallback(view: ServiceView, isIn: boolean): FallbackDecision {
  const { guarded, memory, nowMs } = view;
  const { service } = guarded;
  const { servers, open, out } = fallbackIn(view);
  const changes: Change[] = [];
  const events: GuardEventBody[] = [];
  const emptyMs = new Map<ServerKey, number>();
  const wanted = new Map(isIn ? standIns(view) : []);
  for (const [key, one] of wanted) {
    const there = servers.find((server) => server.key === key);
    if (there && there.weight > 0) continue;
    const weight = one.weight ?? weightOfAll(view);
    const server = { ...(there ?? rowOf(key, one, view)), weight };
    changes.push({ kind: there ? 'set-weight' : 'add-server', service, server });
    events.push({ type: 'fallback-in', service, server: key, weight });
  }
  const gone = new Set<ServerKey>();
  for (const server of servers) {
    const { key } = server;
    // One that the file does not name any more serves until another does, or the service's own.
    if (wanted.has(key) || (isIn && wanted.size === 0 && !out.has(key))) continue;
    const connections = open.get(key) ?? 0;
    if (server.weight > 0) {
      changes.push({ kind: 'set-weight', service, server: { ...server, weight: 0 } });
      events.push({ type: 'fallback-leaving', service, server: key, connections });
    } else if (connections === 0 && !out.has(key)) {
      const sinceMs = memory.fallbackEmptyMs.get(key) ?? nowMs;
      emptyMs.set(key, sinceMs);
      if (nowMs - sinceMs < settleMs) continue;
      gone.add(key);
      changes.push({ kind: 'remove-server', service, server });
      events.push({ type: 'fallback-removed', service, server: key });
    }
  }
  const dues = [...emptyMs].flatMap(([key, ms]) => (gone.has(key) ? [] : [ms + settleMs]));
  return {
    ...{ changes, events, emptyMs },
    ...claimAfter(view, { isIn, wanted: [...wanted.keys()], gone }),
    ...(dues.length > 0 ? { dueMs: Math.min(...dues) } : {}),
  };
}

/** The claim to be kept before the edits, where it changes; or that it ends with them. */
function claimAfter(
  view: ServiceView,
  {
    isIn,
    wanted,
    gone,
  }: {
    readonly isIn: boolean;
    readonly wanted: readonly ServerKey[];
    readonly gone: ReadonlySet<ServerKey>;
  },
): Pick<FallbackDecision, 'claim' | 'isOver'> {
  const { guarded, nowMs } = view;
  const { claim, servers } = fallbackIn(view);
  const there = servers.map(({ key }) => key);
  const left = [...new Set([...there.filter((key) => !gone.has(key)), ...wanted])];
  if (left.length === 0) return claim ? { isOver: true } : {};
  const comesIn = isIn && (!claim || claim.leavingMs !== undefined);
  const now: FallbackClaim = {
    table: claim?.table ?? '',
    service: guarded.service,
    sinceMs: comesIn || !claim ? nowMs : claim.sinceMs,
    // A server keeps its claim until it is gone for good.
    servers: [...new Set([...there, ...wanted])],
    leavingMs: isIn ? undefined : (claim?.leavingMs ?? nowMs),
  };
  const isAsBefore =
    claim?.leavingMs === now.leavingMs &&
    claim !== undefined &&
    now.servers.length === claim.servers.length &&
    now.servers.every((key) => claim.servers.includes(key));
  return isAsBefore ? {} : { claim: now };
}

/** The port of a fallback server that has none in the file is that of the service's first server. */
export const keyOf = ({ server }: FallbackServer, { live }: Pick<ServiceView, 'live'>): ServerKey =>
  serverKey(server.address, server.port ?? live.servers[0]?.port ?? 0);

function rowOf(key: ServerKey, one: FallbackServer, { live }: ServiceView): RealServer {
  const [first] = live.servers;
  const forwarding = one.forwarding ?? first?.forwarding ?? 'masq';
  return {
    key,
    address: one.server.address,
    port: splitServerKey(key).port,
    forwarding,
    ...(first?.tunnel && forwarding === first.forwarding ? { tunnel: first.tunnel } : {}),
    weight: 0,
    upperThreshold: 0,
    lowerThreshold: 0,
  };
}

/** What the service's own servers weigh together when none is out, on the scale that the table is on. */
function weightOfAll({ live, marks }: ServiceView): number {
  const sum = live.servers.reduce(
    (all, { key, weight }) => all + Math.max(weight, marks.get(key) ?? 0),
    0,
  );
  return Math.max(1, Math.min(maxWeight, sum));
}
