import type { VNode } from 'preact';
import { printable, shortList } from '../../../domain/printable.ts';
import type { ServedState, ServiceState } from '../../view/state.ts';
import { type History, tableKey } from '../history/history.ts';
import { hostFigures } from '../host-figures.ts';
import { sum } from '../sums.ts';
import { count, counted } from '../words.ts';
import { ServiceDetails } from './service-details.tsx';

interface DirectorServicesProps {
  /** The name for the heading; absent where there is but one director. */
  readonly name: string | undefined;
  readonly isUp: boolean;
  /** The director's state now, or when it was up last. */
  readonly seen: ServedState | undefined;
  /** Services of the director that the filter lets through. */
  readonly found: readonly ServiceState[];
  readonly history: History;
  /** The most services drawn at once: the filter finds the others. */
  readonly most: number;
  readonly isOpen: (key: string) => boolean;
  readonly toggle: (key: string, isOpen: boolean) => void;
}

/** The table of one director, under its name where there are several. */
export function DirectorServices(props: DirectorServicesProps): VNode {
  const { name, isUp, seen, found, history, most, isOpen, toggle } = props;
  const shown = found.slice(0, most);
  const keyOf = ({ service }: ServiceState): string => tableKey(seen?.director ?? '', service);
  return (
    <section class={isUp ? 'director' : 'director stale'} aria-label={name && printable(name)}>
      {name !== undefined && (
        <h3>
          {printable(name)}{' '}
          <span class={`pill ${isUp ? 'good' : 'bad'}`}>{isUp ? 'up' : 'down'}</span>
        </h3>
      )}
      {name !== undefined && seen && <Facts seen={seen} />}
      {seen?.services.length === 0 && <p class="quiet">The table is empty.</p>}
      {!seen && <p class="quiet">Its table has not been seen yet.</p>}
      {shown.map((service) => (
        <ServiceDetails
          key={service.service}
          service={service}
          past={history.services.get(keyOf(service))}
          isOpen={isOpen(keyOf(service))}
          toggle={(open) => toggle(keyOf(service), open)}
        />
      ))}
      {found.length > shown.length && (
        <p class="quiet">
          and {count(found.length - shown.length)} more, such as{' '}
          {shortList(
            found.slice(most).map(({ service }) => service),
            2,
          )}
        </p>
      )}
    </section>
  );
}

/** The facts of this one director that the head of the page gives for all together. */
function Facts({ seen: { services, host } }: { readonly seen: ServedState }): VNode {
  const servers = services.flatMap((one) => one.servers);
  return (
    <p class="quiet facts">
      {[
        `${count(sum(services, ({ rates }) => rates.connectionsPerS))} new/s`,
        `${count(sum(servers, ({ activeConn }) => activeConn))} active`,
        `${count(sum(servers, ({ inActConn }) => inActConn))} inactive`,
        counted(services.length, 'service'),
        counted(servers.length, 'real server'),
        ...hostFigures(host).map((figure) => `${figure.name}: ${figure.value}`),
      ].join(' · ')}
    </p>
  );
}
