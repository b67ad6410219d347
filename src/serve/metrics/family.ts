import type { Metric, MetricSample } from '../../domain/metric.ts';

/** A metric of the exposition, which Prometheus calls a family. */
export type Family = Metric;
export type Sample = MetricSample;
export type Labels = Sample['labels'];

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

/**
 * Families of several directors, each of which knows the same ones: a name comes once, with the series
 * of all of them, in the order in which it came first.
 */
export function merged(lists: readonly (readonly Family[])[]): readonly Family[] {
  const [only, ...others] = lists;
  if (only && others.length === 0) return only;
  const byName = new Map<string, Family[]>();
  for (const family of lists.flat()) {
    byName.set(family.name, [...(byName.get(family.name) ?? []), family]);
  }
  return [...byName.values()].flatMap((same) => {
    const [first] = same;
    return first ? [{ ...first, samples: inTurn(same.map(({ samples }) => samples)) }] : [];
  });
}

const inTurn = <T>(parts: readonly Iterable<T>[]): Iterable<T> => ({
  *[Symbol.iterator]() {
    for (const part of parts) yield* part;
  },
});

/** Families with these labels as well; for those that have few series. */
export const labelled = (families: readonly Family[], labels: Labels): readonly Family[] =>
  labels === noLabels
    ? families
    : families.map((family) => ({
        ...family,
        samples: [...family.samples].map((sample) => ({
          ...sample,
          labels: { ...labels, ...sample.labels },
        })),
      }));

/** A sample of each row that has one; made anew at each reading. */
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
