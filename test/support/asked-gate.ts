import type { Gate, GateAnswer, GateContext } from '../../src/rollout/ports.ts';

export const about: GateContext = {
  rollout: '2026-01-01-1',
  step: 3,
  of: 10,
  movedFraction: 0.1 + 0.2,
  from: ['10.0.0.1:80', '[2001:db8::1]:80'],
  to: ['10.0.0.2:80'],
};

/** Asks once, with a time limit as the engine sets it. */
export const ask = (gate: Gate, limitMs = 5_000): Promise<GateAnswer> =>
  gate.ask(about, AbortSignal.timeout(limitMs));
