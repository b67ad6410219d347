import { fullNames } from '../../domain/places/named-servers.ts';
import { printable, shortList } from '../../domain/printable.ts';
import { inProgress } from '../view/rollout-view.ts';
import type { State } from '../view/state.ts';
import type { Model } from './model.ts';
import { clockTime, percent } from './words.ts';

type Known = Pick<Model, 'contact'> & { readonly state: Model['state'] };

/** Words for a screen reader, which change only with news: no number that moves is in them. */
export function announcement({ contact, state }: Known): string {
  if (contact.kind === 'silent') return `No answer since ${clockTime(contact.sinceMs)}.`;
  if (!state) return '';
  const down = state.directors.filter(({ up }) => !up);
  if (down.length > 0) {
    return down.map(({ director }) => `Director ${printable(director)} is down.`).join(' ');
  }
  const rollouts = state.rollouts.filter(inProgress).map(({ from, to, names, move, standing }) => {
    if (move) return ` Rollout ${move} ${fullNames(to, names)}: ${standing}.`;
    const towards = to.length > 0 ? ` to ${fullNames(to, names)}` : '';
    return ` Rollout ${fullNames(from, names)}${towards}: ${standing}.`;
  });
  const [first, ...others] = state.directors;
  const up =
    others.length > 0
      ? 'All directors are up.'
      : `Director ${printable(first?.director ?? '')} is up.`;
  return `${up}${rollouts.join('')}`;
}

/** The title of the tab, the urgent first. */
export function titleOf({ contact, state }: Known): string {
  if (contact.kind === 'locked') return 'token wanted - drain';
  if (!state) return 'drain';
  const name = `${printable(namesOf(state), 60)} - drain`;
  if (contact.kind === 'silent') return `no answer - ${name}`;
  const down = downOf(state);
  if (down !== undefined) return `${down.toUpperCase()} - ${name}`;
  const [first] = state.rollouts.filter(inProgress);
  return first ? `${percent(first.movedFraction)} ${first.standing} - ${name}` : name;
}

/** `lb1, lb2`. */
export const namesOf = ({ directors }: State): string =>
  shortList(
    directors.map(({ director }) => director),
    3,
  );

/** `down`, `1 of 3 down`, or nothing when all are up. */
export function downOf({ directors }: State): string | undefined {
  const down = directors.filter(({ up }) => !up).length;
  if (down === 0) return undefined;
  return directors.length === 1 ? 'down' : `${down} of ${directors.length} down`;
}
