import type { VNode } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { shortList } from '../../domain/short-list.ts';
import type { State } from '../state.ts';
import type { History } from './history.ts';
import { ServiceDetails } from './service-details.tsx';
import { filterServices, type ServiceFilter } from './service-filter.ts';
import { count } from './words.ts';

interface ServicesProps {
  readonly state: State;
  readonly history: History;
}

/** So few are open from the beginning. */
const openAtFirst = 3;
/** More than this are not drawn at once: the filter finds them. */
const mostShown = 250;

export function Services({ state, history }: ServicesProps): VNode {
  const [filter, setFilter] = useState<ServiceFilter>({ text: '', onlyResting: false });
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { services } = state;
  const found = useMemo(() => filterServices(services, filter), [services, filter]);
  const toggle = useCallback(
    (key: string, isOpen: boolean) => setOpened((before) => new Map(before).set(key, isOpen)),
    [],
  );
  const all = (isOpen: boolean) => () =>
    setOpened(new Map(services.map(({ service }) => [service, isOpen])));
  const shown = found.slice(0, mostShown);
  return (
    <section aria-labelledby="services">
      <h2 id="services">
        Services{' '}
        <small>
          {found.length === services.length
            ? count(services.length)
            : `${count(found.length)} of ${count(services.length)}`}
        </small>
      </h2>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          placeholder="service or server"
          aria-label="show services and servers with"
          value={filter.text}
          onInput={({ currentTarget }) => setFilter({ ...filter, text: currentTarget.value })}
        />
        <label>
          <input
            type="checkbox"
            checked={filter.onlyResting}
            onChange={({ currentTarget }) =>
              setFilter({ ...filter, onlyResting: currentTarget.checked })
            }
          />{' '}
          with a server out, or at weight 0
        </label>
        <span>
          <button type="button" onClick={all(true)}>
            open all
          </button>{' '}
          <button type="button" onClick={all(false)}>
            close all
          </button>
        </span>
      </form>
      {services.length === 0 && <p class="quiet">The table is empty.</p>}
      {shown.map((service) => (
        <ServiceDetails
          key={service.service}
          service={service}
          past={history.services.get(service.service)}
          isOpen={opened.get(service.service) ?? services.length <= openAtFirst}
          toggle={toggle}
        />
      ))}
      {found.length > shown.length && (
        <p class="quiet">
          and {count(found.length - shown.length)} more, such as{' '}
          {shortList(
            found.slice(mostShown).map(({ service }) => service),
            2,
          )}
        </p>
      )}
    </section>
  );
}
