import type { DirectorView, View } from '../view/view.ts';
import { type Family, type Labels, labelled, merged, noLabels } from './family.ts';
import { connectionTableMetrics, hostMetrics } from './host-metrics.ts';
import { nodeBackends, nodeTotals } from './node-metrics.ts';
import { type BuildInfo, listingMetrics, ownMetrics } from './own-metrics.ts';
import { outMetrics, rolloutMetrics } from './rollout-metrics.ts';
import { tableMetrics } from './table-metrics.ts';
import { createTableRows } from './table-rows.ts';

/** Everything that `/metrics` shows of one view after the other. */
export function createMetrics(build: BuildInfo): (view: View) => readonly Family[] {
  const known = new Map<string, DirectorMetrics>();
  return (view) => {
    const isOne = view.directors.length === 1;
    const metricsOf = (one: DirectorView): readonly Family[] => {
      const { director } = one;
      const make = known.get(director) ?? createDirectorMetrics(isOne ? noLabels : { director });
      known.set(director, make);
      return make(one);
    };
    return [
      ...ownMetrics(view, build),
      ...merged(view.directors.map(metricsOf)),
      ...rolloutMetrics(view.rollouts, { byDirector: !isOne }),
    ];
  };
}

type DirectorMetrics = (view: DirectorView) => readonly Family[];

/**
 * The metrics of one director. Only where there are several do series have labels that say so:
 * those of a single director are to be the very series that node_exporter has.
 */
function createDirectorMetrics(labels: Labels): DirectorMetrics {
  const rowsOf = createTableRows(labels);
  return (view) => {
    const { table, host, out } = view;
    const rows = table.kind === 'up' ? rowsOf(table.table) : undefined;
    const few = (families: readonly Family[]) => labelled(families, labels);
    return [
      ...few(listingMetrics(view)),
      ...few(nodeTotals(host.traffic)),
      ...(rows ? nodeBackends(rows.servers) : []),
      ...(table.kind === 'up' ? few(connectionTableMetrics(table.table, host)) : []),
      ...(rows ? tableMetrics(rows) : []),
      ...few(hostMetrics(host)),
      ...few(outMetrics(out)),
    ];
  };
}
