import { printable } from '../../domain/printable.ts';
import { inProgress } from '../rollout-view.ts';
import type { Model } from './model.ts';
import { clockTime, percent } from './words.ts';

type Known = Pick<Model, 'contact'> & { readonly state: Model['state'] };

/** What a screen reader says, and only when it is something new: no number that moves is in it. */
export function announcement({ contact, state }: Known): string {
  if (contact.kind === 'silent') return `No answer since ${clockTime(contact.sinceMs)}.`;
  if (!state) return '';
  if (!state.up) return `Director ${printable(state.director)} is down.`;
  const rollouts = state.rollouts.filter(inProgress).map(({ from, to, standing }) => {
    const towards = to.length > 0 ? ` to ${printable(to.join(', '))}` : '';
    return ` Rollout ${printable(from.join(', '))}${towards}: ${standing}.`;
  });
  return `Director ${printable(state.director)} is up.${rollouts.join('')}`;
}

/** What the tab says, the urgent first. */
export function titleOf({ contact, state }: Known): string {
  if (contact.kind === 'locked') return 'token wanted - drain';
  if (!state) return 'drain';
  const name = `${printable(state.director, 60)} - drain`;
  if (contact.kind === 'silent') return `no answer - ${name}`;
  if (!state.up) return `DOWN - ${name}`;
  const [first] = state.rollouts.filter(inProgress);
  return first ? `${percent(first.movedFraction)} ${first.standing} - ${name}` : name;
}
