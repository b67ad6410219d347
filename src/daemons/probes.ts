import type { Metric } from '../domain/metric.ts';

/** What a daemon can be asked about itself while it runs. */
export interface DaemonProbes {
  metrics(): readonly Metric[];
  /** What is not known yet; a daemon that knows all of it is ready. */
  unknown(): readonly string[];
}
