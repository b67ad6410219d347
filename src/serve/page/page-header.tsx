import type { ComponentChildren, VNode } from 'preact';
import { printable } from '../../domain/printable.ts';
import type { State } from '../state.ts';
import { hostFigures } from './host-figures.ts';
import type { Model } from './model.ts';
import { isResting } from './service-filter.ts';
import { Sparkline } from './sparkline.tsx';
import { sum } from './sums.ts';
import { clockTime, count } from './words.ts';

type PageHeaderProps = Pick<Model, 'contact' | 'history'> & {
  readonly state: Model['state'];
  readonly lastUp: Model['lastUp'];
};

/** Which director, whether it answers, and the few numbers that say how it is. */
export function PageHeader({ contact, state, lastUp, history }: PageHeaderProps): VNode {
  const health = healthOf(contact, state);
  return (
    <header>
      <div class="title">
        <h1>
          <span class="quiet">drain</span> {state ? printable(state.director) : '…'}
        </h1>
        <span class={`pill ${health.mood}`}>{health.word}</span>
        {state && (
          <span class="quiet updated">
            updated <time>{clockTime(state.atMs)}</time>
          </span>
        )}
      </div>
      {state && lastUp && (
        <dl class={health.mood === 'good' ? 'figures' : 'figures stale'}>
          <Figure name="new connections/s" value={count(sum(lastUp.services, rateOf))}>
            <Sparkline points={history.total.rate} />
          </Figure>
          <Figure name="active connections" value={count(sum(serversIn(lastUp), activeOf))}>
            <Sparkline points={history.total.active} />
          </Figure>
          <Figure name="inactive" value={count(sum(serversIn(lastUp), inactiveOf))} />
          <Figure name="services" value={count(lastUp.services.length)} />
          <Figure name="real servers" value={count(serversIn(lastUp).length)} />
          <Figure
            name="out, or at weight 0"
            value={count(serversIn(lastUp).filter(isResting).length)}
          />
          {hostFigures(state.host).map(({ name, value }) => (
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
  return state.up
    ? ({ word: 'up', mood: 'good' } as const)
    : ({ word: 'down', mood: 'bad' } as const);
}

const serversIn = ({ services }: State) => services.flatMap(({ servers }) => servers);
const rateOf = ({ rates }: State['services'][number]): number => rates.connectionsPerS;
const activeOf = ({ activeConn }: { readonly activeConn: number }): number => activeConn;
const inactiveOf = ({ inActConn }: { readonly inActConn: number }): number => inActConn;
