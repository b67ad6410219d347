/** One thing that is measured, side by side with what it is compared to, in one run. */
export interface Benchmark {
  /** A word: what `npm run bench -- WORD` runs. */
  readonly name: string;
  /** One line above its table. */
  readonly about: string;
  /** What must be there beside Node; without it the benchmark is left out with one line that says so. */
  readonly needs?: 'kernel-lab' | 'haproxy';
  run(context: BenchContext): Promise<readonly BenchRow[]>;
}

export interface BenchContext {
  /** `small` is over in seconds and proves only that everything runs. */
  readonly size: 'small' | 'full';
  /** A line for whoever waits; never part of the table. */
  note(line: string): void;
}

export interface BenchRow {
  readonly what: string;
  readonly ours: Figure;
  /** Measured in turns with ours, on the same machine. */
  readonly against: readonly Rival[];
  /** As somebody reads it: `at most 1.25x`. */
  readonly goal: string;
  /** `undefined` where this size says nothing about the goal, or where there is none. */
  readonly met: boolean | undefined;
}

export interface Rival {
  readonly name: string;
  readonly figure: Figure;
}

export interface Figure {
  readonly value: number;
  readonly unit: Unit;
}

export type Unit =
  | 'ms'
  | 's'
  | 'bytes'
  | 'percent'
  | 'points'
  | 'connections'
  | 'requests'
  | 'rows'
  | 'times';
