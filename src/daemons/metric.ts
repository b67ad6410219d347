/** A metric of a daemon with its series, as `/metrics` writes it. */
export interface DaemonMetric {
  readonly name: string;
  readonly help: string;
  /** A histogram has samples of `_bucket` with a label `le`, `_sum` and `_count`; a summary the last two. */
  readonly type: 'counter' | 'gauge' | 'summary' | 'histogram';
  readonly samples: Iterable<MetricSample>;
}

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a summary or a histogram. */
  readonly suffix?: '_sum' | '_count' | '_bucket' | undefined;
}

/** What a daemon can be asked about itself while it runs. */
export interface DaemonProbes {
  metrics(): readonly DaemonMetric[];
  /** What is not known yet; a daemon that knows all of it is ready. */
  unknown(): readonly string[];
}
