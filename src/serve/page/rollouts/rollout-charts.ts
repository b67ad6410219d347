import type { TimeChart, TimePoint } from '../../../charts/time-chart.ts';
import { roleWord } from '../../../domain/rollout/maintenance.ts';
import type { RolloutServiceView, RolloutView } from '../../view/rollout-view.ts';
import type { RolloutPast } from '../history/history.ts';

/** Charts of the new connections, planned and delivered, and of the old servers' drain. */
export function rolloutCharts(
  rollout: Pick<RolloutView, 'startedAtMs' | 'move'>,
  service: RolloutServiceView,
  past: RolloutPast,
  atMs: number,
): readonly [share: TimeChart, connections: TimeChart] {
  const { shareOf, plannedShare } = service;
  const leaving = service.servers.some(({ role }) => role === 'old') ? 'old' : 'new';
  const around = { toMs: atMs, bands: [], marks: [] };
  const planned = plannedShare.map((one): TimePoint => [one.atMs, one.share]);
  const last = planned.at(-1);
  return [
    {
      ...around,
      title: `New connections to the ${roleWord(shareOf, rollout.move)} servers`,
      unit: 'percent',
      fromMs: Math.min(rollout.startedAtMs, planned[0]?.[0] ?? atMs),
      series: [
        {
          name: 'delivered',
          colour: shareOf,
          stair: false,
          filled: true,
          points: past.delivered,
        },
        {
          name: 'planned',
          colour: 'ink',
          line: 'dashed',
          stair: true,
          points: last ? [...planned, [atMs, last[1]]] : [],
        },
      ],
    },
    {
      ...around,
      title: `Connections on the ${leaving} servers`,
      unit: 'count',
      fromMs: past.active[0]?.[0] ?? rollout.startedAtMs,
      series: [
        { name: 'active', colour: leaving, stair: false, filled: true, points: past.active },
        {
          name: 'inactive',
          colour: leaving === 'old' ? 'old-3' : 'new-3',
          line: 'dashed',
          stair: false,
          points: past.inactive,
        },
      ],
    },
  ];
}
