import type { TimedGate } from '../rollout/gate-standing.ts';
import type { OpenFleet } from './environment.ts';

/**
 * A gate that asks the real world on behalf of a simulated rollout: virtual time stands still
 * meanwhile, and with it the engine's own time limit, so that the gate has a real one.
 */
export function inRealTime(
  { gate, timing }: TimedGate,
  standStill: NonNullable<OpenFleet['standStill']>,
): TimedGate {
  return {
    timing,
    gate: {
      name: gate.name,
      ask(about, signal) {
        const limit = AbortSignal.timeout(timing.timeoutMs);
        return standStill(() => gate.ask(about, AbortSignal.any([signal, limit])));
      },
    },
  };
}
