/** The shortest time between two edits of a ramp, and between any two: one process serves them all. */
const rampGapMs = 1_000;
const shortestGapMs = 100;
/** An edit of a large table takes its time: from this on so many urgent ones are made in so long. */
const longEditMs = 250;
const most = { edits: 3, inMs: 3_000 };

/** How often one table may be edited. */
export class EditPace {
  private lastMs = 0;
  private tookMs = 0;
  /** The latest urgent edits, the last one last: steps of a ramp hold none of these up. */
  private urgentMs: readonly number[] = [];

  edited(fromMs: number, untilMs: number, isUrgent: boolean): void {
    this.lastMs = untilMs;
    this.tookMs = untilMs - fromMs;
    if (isUrgent) this.urgentMs = [...this.urgentMs, untilMs].slice(-most.edits);
  }

  /** The earliest time of the next edit: an urgent one waits for no ramp. */
  mayMs(isUrgent: boolean): number {
    if (!isUrgent) return this.lastMs + rampGapMs;
    const isMany = this.tookMs >= longEditMs && this.urgentMs.length === most.edits;
    const restedMs = isMany ? (this.urgentMs[0] ?? 0) + most.inMs : 0;
    return Math.max(this.lastMs + shortestGapMs, restedMs);
  }
}
