import type { JournalEntry } from '../rollout/state/journal.ts';
import type { RolloutState } from '../rollout/state/rollout-state.ts';
import type { Span } from './rollout-record.ts';

/** Puts what a rollout did when into spans, entry by entry. */
export class SpanWalk {
  private readonly spans: Span[] = [];
  /** Times of the signs of life beside the journal, the earliest first. */
  private readonly traced: readonly number[];
  private kind: Span['kind'] = 'ramp';
  private fromMs: number;
  private lastMs: number;

  constructor(startMs: number, traced: readonly number[]) {
    this.fromMs = startMs;
    this.lastMs = startMs;
    this.traced = traced;
  }

  /** Takes in one entry; `state` is the state after it. */
  enter(state: RolloutState, entry: JournalEntry): void {
    // Cut off without a word: the last sign of life is where it stopped.
    if (entry.type === 'resumed' && this.kind !== 'stopped') {
      this.turn('stopped', this.lastSignBefore(entry.atMs));
    }
    this.turn(kindOf(state), entry.atMs);
    this.lastMs = entry.atMs;
  }

  /** The time of the end, or of the last thing that is known. */
  untilMs({ end }: RolloutState): number {
    return end ? this.lastMs : this.lastSignBefore(Number.POSITIVE_INFINITY);
  }

  closedAt(untilMs: number): readonly Span[] {
    const { kind, fromMs } = this;
    return untilMs > fromMs ? [...this.spans, { kind, fromMs, toMs: untilMs }] : this.spans;
  }

  private turn(kind: Span['kind'], atMs: number): void {
    if (kind === this.kind) return;
    if (atMs > this.fromMs) {
      this.spans.push({ kind: this.kind, fromMs: this.fromMs, toMs: atMs });
    }
    this.kind = kind;
    this.fromMs = Math.max(atMs, this.fromMs);
  }

  private lastSignBefore(atMs: number): number {
    return Math.max(this.lastMs, this.traced.findLast((signMs) => signMs <= atMs) ?? this.lastMs);
  }
}

function kindOf({ end, pausedAtMs, phase }: RolloutState): Span['kind'] {
  if (end) return 'stopped';
  if (pausedAtMs !== undefined) return 'pause';
  if (phase.kind === 'ramping') return 'ramp';
  return phase.kind === 'draining' ? 'drain' : 'return';
}
