/** A metric with all its series, before anybody writes it down. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  /** A summary has samples of `_sum` and `_count`, and no quantiles; a histogram `_bucket` with `le` too. */
  readonly type: 'counter' | 'gauge' | 'summary' | 'histogram';
  /** Samples, which may be made while they are read: a large table has 100,000 and more. */
  readonly samples: Iterable<MetricSample>;
}

export interface MetricSample {
  /** Labels; the same object for all metrics of one thing makes writing quicker. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a summary or a histogram. */
  readonly suffix?: '_sum' | '_count' | '_bucket' | undefined;
}
