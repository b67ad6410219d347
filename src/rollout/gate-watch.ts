import {
  afterAnswer,
  afterAsking,
  type GateStanding,
  type TimedGate,
  unasked,
} from './gate-standing.ts';
import type { Clock, GateContext } from './ports.ts';

/**
 * Asks gates without waiting for them: a step must not be late because a health check hangs. What they
 * answer shows in `standings`, and `onAnswer` says that there is something new.
 */
export class GateWatch {
  private readonly gates: ReadonlyMap<string, TimedGate>;
  private readonly clock: Clock;
  private readonly onAnswer: (name: string, before: GateStanding, after: GateStanding) => void;
  private readonly known: Map<string, GateStanding>;
  private readonly closing = new AbortController();

  constructor(
    gates: readonly TimedGate[],
    clock: Clock,
    onAnswer: (name: string, before: GateStanding, after: GateStanding) => void,
  ) {
    this.gates = new Map(gates.map((timed) => [timed.gate.name, timed]));
    this.known = new Map(gates.map(({ gate, timing }) => [gate.name, unasked(timing)]));
    this.clock = clock;
    this.onAnswer = onAnswer;
  }

  standings(): ReadonlyMap<string, GateStanding> {
    return this.known;
  }

  ask(names: readonly string[], about: GateContext): void {
    for (const name of names) {
      const timed = this.gates.get(name);
      if (timed) void this.askOne(timed, about);
    }
  }

  /** Gives up whatever is under way. */
  close(): void {
    this.closing.abort();
  }

  private async askOne({ gate, timing }: TimedGate, about: GateContext): Promise<void> {
    const { clock, closing } = this;
    this.change(gate.name, (standing) => afterAsking(standing, clock.nowMs()));
    const late = new AbortController();
    const answered = new AbortController();
    const limit = AbortSignal.any([answered.signal, closing.signal]);
    void clock.sleepUntil(clock.nowMs() + timing.timeoutMs, limit).then(() => late.abort());
    const answer = await gate.ask(about, AbortSignal.any([late.signal, closing.signal]));
    answered.abort();
    if (closing.signal.aborted) return;
    const before = this.standing(gate.name);
    const after = this.change(gate.name, (one) => afterAnswer(one, answer, clock.nowMs()));
    this.onAnswer(gate.name, before, after);
  }

  private standing(name: string): GateStanding {
    const standing = this.known.get(name);
    if (!standing) throw new Error(`no gate ${name}`);
    return standing;
  }

  private change(name: string, to: (standing: GateStanding) => GateStanding): GateStanding {
    const after = to(this.standing(name));
    this.known.set(name, after);
    return after;
  }
}
