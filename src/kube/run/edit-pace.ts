/** The shortest time between two edits of a ramp, and between any two: one process serves them all. */
const rampGapMs = 1_000;
const shortestGapMs = 100;
/** An edit of a large table takes its time: from this on there are as many in so long, however urgent. */
const longEditMs = 250;
const most = { edits: 3, inMs: 3_000 };

/** How often one table may be edited. */
export class EditPace {
  /** The latest edits, the last one last. */
  private atMs: readonly number[] = [];
  private tookMs = 0;

  edited(fromMs: number, untilMs: number): void {
    this.atMs = [...this.atMs, untilMs].slice(-most.edits);
    this.tookMs = untilMs - fromMs;
  }

  /** The earliest time of the next edit: an urgent one waits for no ramp. */
  mayMs(isUrgent: boolean): number {
    const lastMs = this.atMs.at(-1) ?? 0;
    if (!isUrgent) return lastMs + rampGapMs;
    const isMany = this.tookMs >= longEditMs && this.atMs.length === most.edits;
    const rested = isMany ? (this.atMs[0] ?? 0) + most.inMs : 0;
    return Math.max(lastMs + shortestGapMs, rested);
  }
}
