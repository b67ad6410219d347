import type { ServerKey } from '../../domain/address.ts';
import { isOutByAgent, shareOf } from './agent.ts';
import { unasked } from './health.ts';
import { elapsedAt, nextStepAt, rampWeight } from './ramp-up.ts';
import { agentOf, type ServiceView, type WeightEdit } from './service-view.ts';

/** Ramps up marked servers that have no reason to be out any more. */
export function bringBack(view: ServiceView, wantedWeights: ReadonlyMap<ServerKey, number>) {
  const { guarded, live, operatorOut, maintenance, memory, nowMs } = view;
  const edits: WeightEdit[] = [];
  const dropMarks: ServerKey[] = [];
  const percents = new Map<ServerKey, number>();
  const ramps = new Map<ServerKey, number>();
  const weights = new Map(live.servers.map(({ key, weight }) => [key, weight]));
  let dueMs: number | undefined;
  for (const server of live.servers) {
    const { key } = server;
    const wanted = wantedWeights.get(key);
    const { verdict, streak } = view.health.get(key) ?? unasked;
    if (wanted === undefined || operatorOut.has(key) || maintenance.has(key)) continue;
    if (verdict !== 'up' || streak?.passed !== true) continue;
    const agent = agentOf(view, key);
    // What the agent says decides how far it comes back, so that it is asked before.
    if (agent === undefined || isOutByAgent(agent)) continue;
    const target = shareOf(agent, wanted);
    if (target < wanted && server.weight > target) continue;
    const ramp = { wanted: target, overMs: guarded.rampUpMs };
    const startMs = memory.ramps.get(key) ?? nowMs - elapsedAt(ramp, server.weight);
    const weight = Math.max(server.weight, rampWeight(ramp, nowMs - startMs));
    if (weight > server.weight) edits.push({ server, weight, reason: 'ramp', wanted });
    weights.set(key, weight);
    if (weight >= wanted) dropMarks.push(key);
    else if (weight >= target) {
      if (weight > server.weight) percents.set(key, agent.percent);
    } else {
      ramps.set(key, startMs);
      const nextMs = startMs + nextStepAt(ramp, nowMs - startMs);
      dueMs = Math.min(dueMs ?? nextMs, nextMs);
    }
  }
  return { edits, dropMarks, percents, ramps, weights, dueMs };
}
