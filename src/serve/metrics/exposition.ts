import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { type Family, noLabels, type Sample } from './family.ts';

export interface Exposition {
  /** Content-Type. */
  readonly type: string;
  write(families: readonly Family[]): Promise<string>;
}

/** Names that `promtool check metrics` has something to say about. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Writes metrics in the text format, with what prom-client says about this process behind them. */
export function createExposition(): Exposition {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  for (const name of misnamed) own.removeSingleMetric(name);
  return {
    type: own.contentType,
    async write(families) {
      const registry = new Registry();
      for (const family of families) {
        if (!isEmpty(family.samples)) registry.registerMetric(metricOf(family));
      }
      return `${await registry.metrics()}\n${await own.metrics()}`;
    },
  };
}

/**
 * A metric that is read, not counted: prom-client asks it for its series, and has nothing to keep.
 * Through `set` it would hash the labels of each of 100,000 series, only to forget them again.
 */
function metricOf({ name, help, type, samples }: Family): Gauge | Counter | Summary | Histogram {
  const config = { name, help, registers: [] };
  const metric = new kinds[type](config);
  // The text of a histogram is read by another name than that of all others.
  const reader = 'getForPromString' in metric ? 'getForPromString' : 'get';
  const described = (Reflect.get(metric, reader) as () => Promise<object>).bind(metric);
  // It only goes through them, so they need not all exist at the same time.
  const read = async () => ({ ...(await described()), values: valuesOf(name, samples) });
  return Object.assign(metric, { [reader]: read });
}

const kinds = { counter: Counter, gauge: Gauge, summary: Summary, histogram: Histogram };

/** Labels as shared ones are written down once for each object, however many metrics have it. */
function* valuesOf(name: string, samples: Iterable<Sample>): Iterable<object> {
  for (const { labels, value, suffix } of samples) {
    const metricName = suffix === undefined ? name : `${name}${suffix}`;
    yield { labels: noLabels, sharedLabels: labels, value, metricName };
  }
}

function isEmpty(samples: Iterable<Sample>): boolean {
  for (const _ of samples) return false;
  return true;
}
