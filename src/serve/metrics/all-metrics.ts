import type { HostCounters } from '../../domain/host-counters.ts';
import type { TableMeasurement } from '../../domain/measurement.ts';
import type { View } from '../view.ts';
import type { Family } from './family.ts';
import { connectionTableMetrics, hostMetrics } from './host-metrics.ts';
import { nodeBackends, nodeTotals } from './node-metrics.ts';
import { type BuildInfo, ownMetrics } from './own-metrics.ts';
import { outMetrics, rolloutMetrics } from './rollout-metrics.ts';
import { tableMetrics } from './table-metrics.ts';
import { createTableRows } from './table-rows.ts';

/** Everything that `/metrics` shows of one view after the other. */
export function createMetrics(build: BuildInfo): (view: View) => readonly Family[] {
  const rowsOf = createTableRows();
  const ofTable = (table: TableMeasurement, host: HostCounters): readonly Family[] => {
    const rows = rowsOf(table);
    return [
      ...nodeBackends(rows.servers),
      ...connectionTableMetrics(table, host),
      ...tableMetrics(rows),
    ];
  };
  return (view) => [
    ...ownMetrics(view, build),
    ...nodeTotals(view.host.traffic),
    ...(view.table.kind === 'up' ? ofTable(view.table.table, view.host) : []),
    ...hostMetrics(view.host),
    ...rolloutMetrics(view.rollouts),
    ...outMetrics(view.marks),
  ];
}
