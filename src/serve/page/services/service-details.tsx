import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { TimeChart, TimeSeries } from '../../../charts/time-chart.ts';
import { printable } from '../../../domain/printable.ts';
import type { ServiceState } from '../../view/state.ts';
import type { ServicePast } from '../history/history.ts';
import { LiveChart } from '../history/live-chart.tsx';
import { Sparkline } from '../history/sparkline.tsx';
import { sum } from '../sums.ts';
import { count, counted } from '../words.ts';
import { ServerTable } from './server-table.tsx';
import { isSkipped } from './service-filter.ts';

interface ServiceDetailsProps {
  readonly service: ServiceState;
  readonly past: ServicePast | undefined;
  readonly isOpen: boolean;
  readonly toggle: (isOpen: boolean) => void;
}

export function ServiceDetails({ service, past, isOpen, toggle }: ServiceDetailsProps): VNode {
  const { service: key, servers, rates } = service;
  const charts = useMemo(() => (isOpen && past ? rateCharts(past) : []), [isOpen, past]);
  const skipped = servers.filter(isSkipped).length;
  return (
    <details
      class="service"
      open={isOpen}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open !== isOpen) toggle(currentTarget.open);
      }}
    >
      <summary>
        <b class="key">{printable(key)}</b>
        <span class="quiet kind">{printable(kindOf(service))}</span>
        <span class="facts">
          {counted(servers.length, 'server')}
          {skipped > 0 && <b class="bad">, {count(skipped)} at rest</b>}
        </span>
        <span class="facts">{count(sum(servers, (one) => one.activeConn))} active</span>
        <span class="facts">{count(rates.connectionsPerS)} new/s</span>
        {past && <Sparkline points={past.rate} />}
      </summary>
      {isOpen && <ServerTable service={service} />}
      {charts.length > 0 && (
        <div class="charts">
          {charts.map((chart) => (
            <LiveChart key={chart.title} chart={chart} />
          ))}
        </div>
      )}
    </details>
  );
}

/** `wrr, persistent 300 s`. */
const kindOf = ({ scheduler, schedulerFlags, persistenceS }: ServiceState): string =>
  [
    [scheduler, ...schedulerFlags].join(' '),
    ...(persistenceS === undefined ? [] : [`persistent ${persistenceS} s`]),
  ].join(', ');

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
