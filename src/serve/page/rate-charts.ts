import type { TimeChart, TimeSeries } from '../../charts/time-chart.ts';
import type { ServicePast } from './history.ts';

/** The last minutes of a service. */
export function rateCharts({ rate, active }: ServicePast): readonly TimeChart[] {
  const around = {
    unit: 'count' as const,
    fromMs: rate[0]?.[0] ?? 0,
    toMs: rate.at(-1)?.[0] ?? 0,
    bands: [],
    marks: [],
  };
  const line = { colour: 'new', stair: false, filled: true } as const;
  const chart = (title: string, name: string, points: TimeSeries['points']): TimeChart => ({
    ...around,
    title,
    series: [{ ...line, name, points }],
  });
  return [
    chart('New connections, the last minutes', 'a second', rate),
    chart('Active connections, the last minutes', 'on all servers', active),
  ];
}
