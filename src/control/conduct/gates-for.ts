import { type Diagnostic, ok, type Result } from '../../domain/failure.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import type { TimedGate } from '../../rollout/gates/gate-state.ts';
import { createHandshakeGates } from '../../rollout/handshakes/handshake-gate.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';

/** The gates of a rollout: those that the plan asks for, and what IPVS itself shows. */
export async function gatesFor(
  ports: Pick<ControlPorts, 'createGates'>,
  plan: Plan,
  { directors, clock, standStill }: Pick<OpenFleet, 'directors' | 'clock' | 'standStill'>,
): Promise<Result<readonly TimedGate[]>> {
  const asked = await ports.createGates(plan);
  if (!asked.ok) return asked;
  const own = plan.policy.skipsIpvsGate ? [] : createHandshakeGates(plan, directors, clock);
  const real = standStill ? asked.value.map((gate) => inRealTime(gate, standStill)) : asked.value;
  return ok([...real, ...own]);
}

/** The gates that could not be asked here, as warnings of a plan that asks none yet. */
export async function gateWarnings(
  ports: Pick<ControlPorts, 'createGates'>,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const asked = await ports.createGates(plan);
  if (asked.ok) return [];
  const { what, next } = asked.failure;
  const message = `a rollout would not begin here: ${what}`;
  return [
    {
      severity: 'warning',
      code: 'gate-unusable',
      message,
      ...(next === undefined ? {} : { next }),
    },
  ];
}

/** The longest time of a timer, 24 days, after which nobody waits for a gate of a simulation. */
const longestLimitMs = 2 ** 31 - 1;

/**
 * A gate that asks the real world on behalf of a simulated rollout: virtual time does not pass
 * meanwhile, nor does the engine's own time limit, so that the gate has a real one.
 */
export function inRealTime(
  { gate, timing }: TimedGate,
  standStill: NonNullable<OpenFleet['standStill']>,
): TimedGate {
  return {
    timing,
    gate: {
      ...gate,
      ask(about, signal) {
        const limit = AbortSignal.timeout(Math.min(timing.timeoutMs, longestLimitMs));
        return standStill(() => gate.ask(about, AbortSignal.any([signal, limit])));
      },
    },
  };
}
