import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { printable } from '../../../domain/printable.ts';
import { roleWord } from '../../../domain/rollout/maintenance.ts';
import type { RolloutServiceView, RolloutView } from '../../view/rollout-view.ts';
import type { ServedState } from '../../view/state.ts';
import type { RolloutPast } from '../history/history.ts';
import { LiveChart } from '../history/live-chart.tsx';
import { part, type SeenServer, serversOf, sum } from '../sums.ts';
import { count, percent } from '../words.ts';
import { rolloutCharts } from './rollout-charts.ts';
import { RolloutServers } from './rollout-servers.tsx';

interface RolloutServiceProps {
  readonly rollout: RolloutView;
  readonly service: RolloutServiceView;
  /** The state of the service's director, where that is shown here. */
  readonly table: ServedState | undefined;
  /** Whether to name the director. */
  readonly isNamed: boolean;
  readonly past: RolloutPast | undefined;
  readonly atMs: number;
  readonly isOpenAtFirst: boolean;
}

/** A service of a rollout: which server has which share and connections, now and so far. */
export function RolloutService(props: RolloutServiceProps): VNode {
  const { rollout, service, table, isNamed, past, atMs, isOpenAtFirst } = props;
  const [isOpen, setIsOpen] = useState(isOpenAtFirst);
  const charts = useMemo(
    () => (isOpen && past ? rolloutCharts(rollout, service, past, atMs) : []),
    [isOpen, past, rollout, service, atMs],
  );
  const seen = table ? serversOf(service, table) : [];
  return (
    <details
      class="of-rollout"
      open={isOpen}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary>
        <b>{printable(service.service)}</b>{' '}
        {isNamed && (
          <>
            on <b>{printable(service.director)}</b>{' '}
          </>
        )}
        <span class="quiet">{standingIn(service, { table, seen, move: rollout.move })}</span>
      </summary>
      {isOpen && table?.up && (
        <RolloutServers seen={seen} names={rollout.names} move={rollout.move} />
      )}
      {isOpen && charts.length > 0 && (
        <div class="charts">
          {charts.map((chart) => (
            <LiveChart key={chart.title} chart={chart} />
          ))}
        </div>
      )}
    </details>
  );
}

interface SeenService {
  readonly table: ServedState | undefined;
  readonly seen: readonly SeenServer[];
  readonly move: RolloutView['move'];
}

/** The service in a few words. */
function standingIn(
  { director, shareOf }: RolloutServiceView,
  { table, seen, move }: SeenService,
): string {
  if (!table) return `on director ${printable(director)}, which is not shown here`;
  if (!table.up) return 'cannot be seen now';
  const weightOf = ({ now }: SeenServer): number => now?.weight ?? 0;
  const followed = seen.filter(({ role }) => role === shareOf);
  const old = seen.filter(({ role }) => role === 'old');
  const share = percent(part(sum(followed, weightOf), sum(seen, weightOf)));
  const left = sum(old, ({ now }) => now?.activeConn ?? 0);
  return `${share} on the ${roleWord(shareOf, move)} servers${old.length > 0 ? ` · ${count(left)} active on the old` : ''}`;
}
