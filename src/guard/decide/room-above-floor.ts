import type { ServerKey } from '../../domain/address.ts';
import {
  baseOf,
  type Capacity,
  type CountedPart,
  type CountedService,
  type Floor,
  isKept,
  leastOf,
  sumOf,
} from '../../domain/floor/floor.ts';
import { findServer, type VirtualService } from '../../domain/ipvs/ipvs.ts';

/** The floor of a service, `minServing`, and everything counted that is out of it. */
export interface CountedFloor {
  readonly floor: Floor;
  readonly counted: CountedService;
}

/** The least that serves, and whether that much is left without some servers. */
export interface RoomAboveFloor {
  readonly least: number;
  hasRoomWithout(out: ReadonlySet<ServerKey>): boolean;
  /** The same where servers get these weights instead of theirs: 0 is out. */
  hasRoomWith(weights: ReadonlyMap<ServerKey, number>): boolean;
}

/** The room that a guard has to take servers out; all of it where the service has no floor. */
export function roomAboveFloor(of: CountedFloor | undefined, live: VirtualService): RoomAboveFloor {
  if (!of) return { least: 0, hasRoomWithout: () => true, hasRoomWith: () => true };
  const floor = { floor: of.floor, base: baseOf(of.counted) };
  const hasRoomWith: RoomAboveFloor['hasRoomWith'] = (weights) =>
    isKept(floor, sumOf(of.counted.parts.map((part) => servingWith(part, live, weights))));
  return {
    least: leastOf(floor),
    hasRoomWithout: (out) => hasRoomWith(new Map([...out].map((key) => [key, 0]))),
    hasRoomWith,
  };
}

/** The part that still serves; of old and new servers of a hand-over by the weights that they have. */
function servingWith(
  { servers, serving }: CountedPart,
  live: VirtualService,
  lowered: ReadonlyMap<ServerKey, number>,
): Capacity {
  if (!servers.some((key) => lowered.has(key))) return serving;
  const weights = servers.map((key) => findServer(live, key)?.weight ?? 0);
  const left = servers.map((key, index) =>
    Math.min(lowered.get(key) ?? Infinity, weights[index] ?? 0),
  );
  const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
  const share = sum(weights) === 0 ? 0 : sum(left) / sum(weights);
  return {
    servers: Math.min(serving.servers, left.filter((weight) => weight > 0).length),
    weight: serving.weight * share,
  };
}
