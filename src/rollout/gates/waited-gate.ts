import type { GateWaitReason } from '../../domain/health/gate.ts';
import type { SideConnections } from '../ports.ts';
import { type GateAbout, type GateState, isAbout, isAlternating } from './gate-state.ts';

/** A gate that a step waits for. */
export interface WaitedGate {
  readonly gate: GateAbout;
  readonly reason: GateWaitReason;
  readonly detail: string;
}

/** The moment of a wait. */
export interface WaitMoment {
  /** The time since which questions are about the step. */
  readonly sinceMs: number;
  readonly isAsleep: boolean;
  readonly connections: SideConnections | undefined;
}

/** The reason why a gate lets no step pass, of those that tell most. */
export function waitedGate(standing: GateState, moment: WaitMoment): WaitedGate {
  const { gate, detail, noData } = standing;
  if (moment.isAsleep) return asleep(standing, moment.connections);
  if (noData) return { gate, reason: noData.kind === 'empty' ? 'no-data' : 'no-answer', detail };
  if (isAlternating(standing)) return { gate, reason: 'alternating', detail };
  const isBad = isAbout(standing, moment.sinceMs) && standing.streak < 0;
  return { gate, reason: isBad ? 'bad-answer' : 'not-answered', detail };
}

function asleep(
  { gate, timing: { after } }: GateState,
  connections: SideConnections | undefined,
): WaitedGate {
  if (after?.kind !== 'connections') {
    return { gate, reason: 'time', detail: 'it is not to be asked before its time' };
  }
  const so = `${connections?.new ?? 0} of ${after.connections} connections have come to the new servers`;
  return { gate, reason: 'connections', detail: so };
}
