import type { VNode } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { State } from '../../view/state.ts';
import { type History, tableKey } from '../history/history.ts';
import type { LastUp } from '../model.ts';
import { sum } from '../sums.ts';
import { count } from '../words.ts';
import { DirectorServices } from './director-services.tsx';
import { filterServices, type ServiceFilter } from './service-filter.ts';

interface ServicesProps {
  readonly directors: State['directors'];
  readonly lastUp: LastUp;
  readonly history: History;
}

/** The most services that are all open from the beginning. */
const openAtFirst = 3;
/** The most services drawn at once: the filter finds the others. */
const mostShown = 250;

/** The services of all directors, with one filter for them. */
export function Services({ directors, lastUp, history }: ServicesProps): VNode {
  const [filter, setFilter] = useState<ServiceFilter>({ text: '', onlySkipped: false });
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const shown = useMemo(
    () => directors.map((one) => ({ ...one, seen: lastUp.get(one.director)?.director })),
    [directors, lastUp],
  );
  const found = useMemo(
    () => shown.map(({ seen }) => filterServices(seen?.services ?? [], filter)),
    [shown, filter],
  );
  const amount = sum(shown, ({ seen }) => seen?.services.length ?? 0);
  const foundAmount = sum(found, ({ length }) => length);
  const toggle = useCallback(
    (key: string, isOpen: boolean) => setOpened((before) => new Map(before).set(key, isOpen)),
    [],
  );
  const all = (isOpen: boolean) => () =>
    setOpened(
      new Map(
        shown.flatMap(({ director, seen }) =>
          (seen?.services ?? []).map(({ service }) => [tableKey(director, service), isOpen]),
        ),
      ),
    );
  return (
    <section aria-labelledby="services">
      <h2 id="services">
        Services{' '}
        <small>
          {foundAmount === amount ? count(amount) : `${count(foundAmount)} of ${count(amount)}`}
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
            checked={filter.onlySkipped}
            onChange={({ currentTarget }) =>
              setFilter({ ...filter, onlySkipped: currentTarget.checked })
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
      {shown.map(({ director, up, seen }, index) => (
        <DirectorServices
          key={director}
          name={shown.length > 1 ? director : undefined}
          isUp={up}
          seen={seen}
          found={found[index] ?? []}
          history={history}
          most={Math.ceil(mostShown / shown.length)}
          isOpen={(key) => opened.get(key) ?? amount <= openAtFirst}
          toggle={toggle}
        />
      ))}
    </section>
  );
}
