import { withoutLost } from './director-state.ts';
import { lastStep, type Phase, type RolloutState } from './rollout-state.ts';

/** The same phase, with its clock set anew if it has one. */
export function since(phase: Phase, atMs: number): Phase {
  return phase.kind === 'ramping' || phase.sinceMs === undefined
    ? phase
    : { ...phase, sinceMs: atMs };
}

/** A phase begins when the slowest director has got there. */
export function enterNextPhase(state: RolloutState, atMs: number): RolloutState {
  const directors = withoutLost(state.directors).map(([, director]) => director);
  if (directors.length === 0) return state;
  if (state.phase.kind === 'ramping' && directors.every((d) => d.step === lastStep(state.plan))) {
    return { ...state, phase: { kind: 'draining', sinceMs: atMs } };
  }
  if (state.phase.kind === 'rolling-back' && state.phase.sinceMs === undefined) {
    if (directors.every((d) => d.rolledBack)) {
      return { ...state, phase: { ...state.phase, sinceMs: atMs } };
    }
  }
  return state;
}
