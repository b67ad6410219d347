/** One metric with all its series, before anybody writes it down. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** May be made while they are read: there are 100,000 and more in a large table. */
  readonly samples: Iterable<Sample>;
}

export interface Sample {
  /** The same object for all metrics of one thing makes writing them quicker. */
  readonly labels: Labels;
  readonly value: number;
}

export type Labels = Readonly<Record<string, string>>;

export const noLabels: Labels = {};

export const gauge = (name: string, help: string, samples: Iterable<Sample>): Family => ({
  name,
  help,
  type: 'gauge',
  samples,
});

export const counter = (name: string, help: string, samples: Iterable<Sample>): Family => ({
  name,
  help,
  type: 'counter',
  samples,
});

/** A sample of each row, or none of those that have none; made anew at each reading. */
export const each = <R>(
  rows: readonly R[],
  sampleOf: (row: R) => Sample | undefined,
): Iterable<Sample> => ({
  *[Symbol.iterator]() {
    for (const row of rows) {
      const sample = sampleOf(row);
      if (sample) yield sample;
    }
  },
});

/** A single series, or none where the value is not known. */
export const single = (value: number | undefined): readonly Sample[] =>
  value === undefined ? [] : [{ labels: noLabels, value }];
