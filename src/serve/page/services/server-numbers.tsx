import type { VNode } from 'preact';
import type { ColourName } from '../../../charts/colours.ts';
import type { ServerState } from '../../view/state.ts';
import { part } from '../sums.ts';
import { count, percent } from '../words.ts';

export const TableHead = (): VNode => (
  <thead>
    <tr>
      <th scope="col">Server</th>
      <th scope="col">Weight</th>
      <th scope="col">Active</th>
      <th scope="col">Inactive</th>
      <th scope="col">New/s</th>
    </tr>
  </thead>
);

interface ServerNumbersProps {
  readonly server: ServerState;
  /** The weight of the whole service. */
  readonly totalWeight: number;
  /** The most active connections among the servers shown together, to compare bars. */
  readonly mostActive: number;
  readonly colour: ColourName;
}

/** The cells of a row after the name. */
export function ServerNumbers({
  server,
  totalWeight,
  mostActive,
  colour,
}: ServerNumbersProps): VNode {
  const share = part(server.weight, totalWeight);
  return (
    <>
      <td>
        {count(server.weight)} <small>{percent(share)}</small>
        <Bar fraction={share} colour={colour} />
      </td>
      <td>
        {count(server.activeConn)}
        <Bar fraction={part(server.activeConn, mostActive)} colour={colour} />
      </td>
      <td>{count(server.inActConn)}</td>
      <td>{count(server.rates.connectionsPerS)}</td>
    </>
  );
}

interface BarProps {
  /** The length of the bar, 0 to 1. */
  readonly fraction: number;
  readonly colour: ColourName;
}

/** A number once more, as a length; whoever cannot see it has the number. */
export const Bar = ({ fraction, colour }: BarProps): VNode => (
  <span class="bar" aria-hidden="true">
    <i class={`fill-${colour}`} style={{ width: `${(100 * Math.min(1, fraction)).toFixed(1)}%` }} />
  </span>
);
