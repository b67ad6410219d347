import type { ServerKey } from '../../domain/address.ts';
import { isOutByAgent, shareOf } from './agent.ts';
import type { RoomAboveFloor } from './room-above-floor.ts';
import { agentOf, type ServiceView, type WeightEdit } from './service-view.ts';

interface Decided {
  /** The base weights of marked servers. */
  readonly wanted: ReadonlyMap<ServerKey, number>;
  /** The weights after the ramps. */
  readonly weights: ReadonlyMap<ServerKey, number>;
  /** Servers that go to 0. */
  readonly taken: ReadonlySet<ServerKey>;
  readonly room: RoomAboveFloor;
}

/**
 * Lowers servers to the percentage that their agents ask for, at once, as far as the floor permits. The way
 * up is that of any marked server: its ramp.
 */
export function lowerByAgents(view: ServiceView, { wanted, weights, taken, room }: Decided) {
  const edits: WeightEdit[] = [];
  const putMarks = new Map<ServerKey, number>();
  const percents = new Map<ServerKey, number>();
  const floored: ServerKey[] = [];
  const lowered = new Map<ServerKey, number>([...taken].map((key) => [key, 0]));
  for (const server of view.live.servers) {
    const { key } = server;
    const agent = agentOf(view, key);
    const now = weights.get(key) ?? 0;
    if (view.operatorOut.has(key) || taken.has(key) || now === 0) continue;
    // Without a word of less nothing is lowered, be a mark smaller than the weight in force.
    if (agent === undefined || isOutByAgent(agent) || agent.percent === 100) continue;
    const base = wanted.get(key) ?? server.weight;
    const weight = shareOf(agent, base);
    if (weight >= now) continue;
    if (!room.hasRoomWith(new Map([...lowered, [key, weight]]))) {
      floored.push(key);
      continue;
    }
    lowered.set(key, weight);
    putMarks.set(key, base);
    percents.set(key, agent.percent);
    edits.push({ server, weight, reason: 'agent', wanted: base });
  }
  return { edits, putMarks, percents, floored };
}
