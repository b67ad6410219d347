import { ok, type Result } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { TimedGate } from '../rollout/gate-standing.ts';
import { createHandshakeGates } from '../rollout/handshake-gate.ts';
import type { Environment, OpenFleet } from './environment.ts';
import { inRealTime } from './in-real-time.ts';

/** All that a rollout is held against: what the plan asks for, and what IPVS itself shows. */
export async function gatesFor(
  env: Pick<Environment, 'createGates'>,
  plan: Plan,
  { directors, clock, standStill }: Pick<OpenFleet, 'directors' | 'clock' | 'standStill'>,
): Promise<Result<readonly TimedGate[]>> {
  const asked = await env.createGates(plan);
  if (!asked.ok) return asked;
  const own = createHandshakeGates(plan, directors, clock);
  const real = standStill ? asked.value.map((gate) => inRealTime(gate, standStill)) : asked.value;
  return ok([...real, ...own]);
}
