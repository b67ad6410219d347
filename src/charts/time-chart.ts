import type { ColourName } from './colours.ts';

/** A picture over time, as data: the report and the live page draw the same. */
export interface TimeChart {
  readonly title: string;
  /** Shares are 0 to 1; counts are of connections or of weight, and whole but for weights amid a ramp. */
  readonly unit: 'percent' | 'count';
  readonly fromMs: number;
  readonly toMs: number;
  readonly series: readonly TimeSeries[];
  readonly bands: readonly TimeBand[];
  readonly marks: readonly TimeMark[];
}

/** A value at a time since the epoch; null is a gap. */
export type TimePoint = readonly [atMs: number, value: number | null];

export interface TimeSeries {
  readonly name: string;
  readonly colour: ColourName;
  readonly points: readonly TimePoint[];
  /** Holds each value until the next: weights, and shares between two counts. */
  readonly stair: boolean;
  readonly line?: 'solid' | 'dashed' | 'dotted';
  /** Colours the area down to 0. */
  readonly filled?: boolean;
}

/** A time in which something was different: a pause, the drain. */
export interface TimeBand {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A moment worth a line from top to bottom. */
export interface TimeMark {
  readonly atMs: number;
  readonly name: string;
}

/** The last value at or before a time; of a line that is no stair, the same. */
export function valueAt({ points }: TimeSeries, atMs: number): number | null {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return points[low - 1]?.[1] ?? null;
}
