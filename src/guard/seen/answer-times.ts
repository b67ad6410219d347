/** The times of answers, counted up to each of these limits, in milliseconds. */
export interface AnswerTimes {
  /** How many answers took at most the limit of the same index. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly totalMs: number;
}

/** From an answer of the same rack to one that most timeouts would not wait for. */
export const limitsMs = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
] as const;

/** Counts answers without making anything anew: a guard of 5,000 servers has thousands a second. */
export function createAnswerTimes(): AnswerTimes & { add(answerMs: number): void } {
  const counts: number[] = limitsMs.map(() => 0);
  const times = {
    counts,
    count: 0,
    totalMs: 0,
    add(answerMs: number): void {
      times.count += 1;
      times.totalMs += answerMs;
      for (let i = limitsMs.length - 1; i >= 0 && answerMs <= (limitsMs[i] ?? 0); i--) {
        counts[i] = (counts[i] ?? 0) + 1;
      }
    },
  };
  return times;
}
