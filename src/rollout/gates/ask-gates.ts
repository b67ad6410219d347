import type { Clock, GateContext } from '../ports.ts';
import { afterAnswer, afterAsking, type GateState, type TimedGate, unasked } from './gate-state.ts';

/**
 * Asks gates without waiting for them: a step must not be late because a health check hangs. The
 * answers show in `standings`, and `onAnswer` says that there is something new.
 */
export class GateWatch {
  private readonly gates: ReadonlyMap<string, TimedGate>;
  private readonly clock: Clock;
  private readonly onAnswer: (before: GateState, after: GateState) => void;
  private readonly known: Map<string, GateState>;
  private readonly underWay = new Set<AbortController>();
  private isClosed = false;

  constructor(
    gates: readonly TimedGate[],
    clock: Clock,
    onAnswer: (before: GateState, after: GateState) => void,
  ) {
    this.gates = new Map(gates.map((timed) => [timed.gate.name, timed]));
    this.known = new Map(gates.map((timed) => [timed.gate.name, unasked(timed)]));
    this.clock = clock;
    this.onAnswer = onAnswer;
  }

  standings(): ReadonlyMap<string, GateState> {
    return this.known;
  }

  ask(names: readonly string[], about: GateContext): void {
    if (this.isClosed) return;
    for (const name of names) {
      const timed = this.gates.get(name);
      if (timed) void this.askOne(timed, about);
    }
  }

  /** Gives up whatever is under way, for good. */
  close(): void {
    this.isClosed = true;
    for (const question of this.underWay) question.abort();
  }

  private async askOne({ gate, timing }: TimedGate, about: GateContext): Promise<void> {
    const { clock, underWay } = this;
    this.change(gate.name, (standing) => afterAsking(standing, clock.nowMs()));
    const question = new AbortController();
    const answered = new AbortController();
    underWay.add(question);
    const limitMs = clock.nowMs() + timing.timeoutMs;
    void clock.sleepUntil(limitMs, answered.signal).then(() => question.abort());
    const answer = await gate.ask(about, question.signal);
    answered.abort();
    underWay.delete(question);
    if (this.isClosed) return;
    const before = this.standing(gate.name);
    const after = this.change(gate.name, (one) => afterAnswer(one, answer, clock.nowMs()));
    this.onAnswer(before, after);
  }

  private standing(name: string): GateState {
    const standing = this.known.get(name);
    if (!standing) throw new Error(`no gate ${name}`);
    return standing;
  }

  private change(name: string, to: (standing: GateState) => GateState): GateState {
    const after = to(this.standing(name));
    this.known.set(name, after);
    return after;
  }
}
