import { guardMetrics } from '../../src/guard/seen/guard-metrics.ts';
import { createMetrics } from '../../src/serve/metrics/all-metrics.ts';
import type { Family } from '../../src/serve/metrics/family.ts';
import { fullGuardNow } from '../../test/support/guard-now.ts';
import { fullView } from '../../test/support/views.ts';
import { code, pageOf, sentence, table } from './markdown.ts';

const groups: readonly (readonly [heading: string, name: RegExp])[] = [
  ['As node_exporter has them', /^node_/],
  ['Rollouts and servers that are out', /^drain_(?:rollout|server)/],
  ['The table', /^drain_ipvs_/],
  ['The machine', /^drain_host_/],
  ['`drain serve` itself', /^drain_/],
];

/** Every metric of `drain serve`, from a view with everything in it that there can be a metric of. */
export function metricsPage(): string {
  const families = createMetrics({ version: '', node: '' })(fullView());
  const groupOf = ({ name }: Family): number => groups.findIndex(([, of]) => of.test(name));
  const guard = guardMetrics(fullGuardNow());
  return pageOf(
    'Metrics',
    '`drain serve` has them under `/metrics`, with those of its own process (`process_…`, `nodejs_…`) behind them. With several directors every series of a table or machine has the label `director` as well.',
    [
      ...groups.map(([heading], i) => [
        `## ${heading}`,
        '',
        ...metricTable(families.filter((one) => groupOf(one) === i)),
      ]),
      [
        '## Of `drain guard`',
        '',
        'Under `/metrics` of the guard itself, 127.0.0.1:9817 or where its `--listen` says.',
        '',
        ...metricTable(guard),
      ],
    ],
  );
}

const metricTable = (families: readonly Family[]): readonly string[] =>
  table(['metric', 'kind', 'labels', 'meaning'], families.map(rowOf));

function rowOf({ name, type, help, samples }: Family): readonly string[] {
  const labels = new Set([...samples].flatMap((sample) => Object.keys(sample.labels)));
  return [code(name), type, [...labels].map(code).join(', '), sentence(help)];
}
