import type { ComponentChildren, VNode } from 'preact';
import { printable } from '../../domain/printable.ts';
import type { ServedState } from '../view/state.ts';
import { downOf, namesOf } from './announcement.ts';
import { Sparkline } from './history/sparkline.tsx';
import { hostFigures } from './host-figures.ts';
import type { Model } from './model.ts';
import { isSkipped } from './services/service-filter.ts';
import { sum } from './sums.ts';
import { clockTime, count } from './words.ts';

type PageHeaderProps = Pick<Model, 'contact' | 'history'> & {
  readonly state: Model['state'];
  readonly lastUp: Model['lastUp'];
};

/** The directors, whether they answer, and the few numbers that say how they are. */
export function PageHeader({ contact, state, lastUp, history }: PageHeaderProps): VNode {
  const health = healthOf(contact, state);
  const up = state?.directors.filter((one) => one.up) ?? [];
  const shown = up.length > 0 ? up : [...lastUp.values()].map(({ director }) => director);
  const services = shown.flatMap((one) => one.services);
  const servers = shown.flatMap(serversIn);
  const isStale = contact.kind === 'silent' || up.length === 0;
  const [first, ...others] = state?.directors ?? [];
  return (
    <header>
      <div class="title">
        <h1>
          <span class="quiet">drain</span> {state ? printable(namesOf(state)) : '…'}
        </h1>
        <span class={`pill ${health.mood}`}>{health.word}</span>
        {state && (
          <span class="quiet updated">
            updated <time>{clockTime(state.atMs)}</time>
          </span>
        )}
      </div>
      {first && shown.length > 0 && (
        <dl class={isStale ? 'figures stale' : 'figures'}>
          <Figure name="new connections/s" value={count(sum(services, rateOf))}>
            <Sparkline points={history.total.rate} />
          </Figure>
          <Figure name="active connections" value={count(sum(servers, activeOf))}>
            <Sparkline points={history.total.active} />
          </Figure>
          <Figure name="inactive" value={count(sum(servers, inactiveOf))} />
          <Figure name="services" value={count(services.length)} />
          <Figure name="real servers" value={count(servers.length)} />
          <Figure name="out, or at weight 0" value={count(servers.filter(isSkipped).length)} />
          {others.length === 0 &&
            hostFigures(first.host).map(({ name, value }) => (
              <Figure key={name} name={name} value={value} />
            ))}
        </dl>
      )}
    </header>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly children?: ComponentChildren;
}

const Figure = ({ name, value, children }: FigureProps): VNode => (
  <div>
    <dt>{name}</dt>
    <dd>
      {value}
      {children}
    </dd>
  </div>
);

function healthOf(contact: Model['contact'], state: Model['state']) {
  if (contact.kind === 'silent') return { word: 'no answer', mood: 'bad' } as const;
  if (!state) return { word: 'asking', mood: 'plain' } as const;
  const down = downOf(state);
  return down === undefined
    ? ({ word: 'up', mood: 'good' } as const)
    : ({ word: down, mood: 'bad' } as const);
}

const serversIn = ({ services }: ServedState) => services.flatMap(({ servers }) => servers);
const rateOf = ({ rates }: ServedState['services'][number]): number => rates.connectionsPerS;
const activeOf = ({ activeConn }: { readonly activeConn: number }): number => activeConn;
const inactiveOf = ({ inActConn }: { readonly inActConn: number }): number => inActConn;
