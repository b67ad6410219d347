import type { TimePoint, TimeSeries } from '../../charts/time-chart.ts';
import type { DeliveredShare, ServiceRecord } from '../../record/rollout-record.ts';
import { evenly, held } from './stairs.ts';

/** What was planned, and what came: a value for each time between two counts. */
export function shareSeries(service: ServiceRecord, untilMs: number): readonly TimeSeries[] {
  const { delivered, plannedShare, shareOf } = service;
  const planned: TimeSeries = {
    name: 'planned',
    colour: 'ink',
    line: 'dashed',
    stair: true,
    points: held(
      evenly(plannedShare).map(({ atMs, share }) => [atMs, share]),
      untilMs,
    ),
  };
  if (delivered.length === 0) return [planned];
  const windows = merged(delivered);
  const points: TimePoint[] = [];
  for (const [index, { fromMs, toMs, connections, onThem }] of windows.entries()) {
    const value = onThem / connections;
    points.push([fromMs, value]);
    const next = windows[index + 1];
    if (!next || next.fromMs > toMs) points.push([toMs, value], [toMs, null]);
  }
  return [{ name: 'delivered', colour: shareOf, stair: true, filled: true, points }, planned];
}

type Window = Pick<DeliveredShare, 'fromMs' | 'toMs' | 'connections' | 'onThem'>;

const mostWindows = 400;

/** Of many counts some together: a share of more connections says more, and shows as much. */
function merged(delivered: readonly DeliveredShare[]): readonly Window[] {
  if (delivered.length <= mostWindows) return delivered;
  const each = Math.ceil(delivered.length / mostWindows);
  return Array.from({ length: Math.ceil(delivered.length / each) }, (_, nth): Window => {
    const own = delivered.slice(nth * each, (nth + 1) * each);
    return {
      fromMs: own[0]?.fromMs ?? 0,
      toMs: own.at(-1)?.toMs ?? 0,
      connections: own.reduce((sum, one) => sum + one.connections, 0),
      onThem: own.reduce((sum, one) => sum + one.onThem, 0),
    };
  });
}
