import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { keptWords } from '../../../domain/health/guard-report.ts';
import { printable } from '../../../domain/printable.ts';
import type { ServerState, ServiceState } from '../../view/state.ts';
import { highest, sum } from '../sums.ts';
import { clockTime, count } from '../words.ts';
import { ServerNumbers, TableHead } from './server-numbers.tsx';

const rowsAtFirst = 100;
const moreRows = 400;

/** The real servers of a service, each with its part of it. */
export function ServerTable({ service }: { readonly service: ServiceState }): VNode {
  const [most, setMost] = useState(rowsAtFirst);
  const { servers } = service;
  const totalWeight = sum(servers, ({ weight }) => weight);
  const mostActive = highest(servers, ({ activeConn }) => activeConn);
  return (
    <>
      <table aria-label={`real servers of ${printable(service.service)}`}>
        <TableHead />
        <tbody>
          {servers.slice(0, most).map((server) => (
            <tr key={server.server} class={server.weight === 0 ? 'resting' : ''}>
              <th scope="row">
                {printable(server.server)}
                <Notes server={server} />
              </th>
              <ServerNumbers
                server={server}
                totalWeight={totalWeight}
                mostActive={mostActive}
                colour="new"
              />
            </tr>
          ))}
        </tbody>
      </table>
      {servers.length > most && (
        <button type="button" class="more" onClick={() => setMost(most + moreRows)}>
          {count(servers.length - most)} more
        </button>
      )}
    </>
  );
}

const outWords: Readonly<Record<ServerState['out'][number]['reason'], string>> = {
  operator: 'by the operator',
  health: 'health',
  cluster: 'by the cluster',
};

/** Says why a server gets no new connections, where that is so. */
function Notes({ server }: { readonly server: ServerState }): VNode | null {
  const { out, weight, persistConn, upperThreshold, health, fallback } = server;
  return (
    <>
      {out.map(({ reason, sinceMs, why }) => (
        <span key={reason} class="chip bad" title={why}>
          out: {outWords[reason]} since {clockTime(sinceMs, Date.now())}
        </span>
      ))}
      {health && (weight > 0 || out.length === 0) && (
        <span class="chip bad" title={printable(health.detail, 300)}>
          {health.verdict === 'down'
            ? `down since ${clockTime(health.sinceMs, Date.now())}`
            : health.verdict}
          {health.kept && `, kept in: ${keptWords[health.kept]}`}
        </span>
      )}
      {fallback && (
        <span class="chip">
          {fallback.leavingMs === undefined
            ? `fallback since ${clockTime(fallback.sinceMs, Date.now())}`
            : `fallback, leaves since ${clockTime(fallback.leavingMs, Date.now())}`}
        </span>
      )}
      {out.length === 0 && weight === 0 && !fallback && <span class="chip">weight 0</span>}
      {persistConn > 0 && <span class="chip">{count(persistConn)} persistent</span>}
      {upperThreshold > 0 && <span class="chip">at most {count(upperThreshold)}</span>}
    </>
  );
}
