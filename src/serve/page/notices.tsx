import type { VNode } from 'preact';
import { printable } from '../../domain/printable.ts';
import { freezeText } from '../../domain/rollout/freeze.ts';
import type { Model } from './model.ts';
import { clockTime } from './words.ts';

type NoticesProps = Pick<Model, 'contact'> & {
  readonly state: Model['state'];
  readonly lastUp: Model['lastUp'];
};

/** Warnings about the picture itself, and the freeze in force. */
export function Notices({ contact, state, lastUp }: NoticesProps): VNode {
  return (
    <>
      {contact.kind === 'beginning' && <p class="quiet">Asking drain serve …</p>}
      {contact.kind === 'silent' && (
        <p class="notice">
          <b>No answer since {clockTime(contact.sinceMs, Date.now())}</b>: {contact.why}.{' '}
          {state ? 'What is shown is as old as that. ' : ''}This page goes on asking.
        </p>
      )}
      {state?.directors
        .filter(({ up }) => !up)
        .map(({ director, error = '' }) => (
          <p key={director} class="notice">
            <b>Director {printable(director)} is down</b>: {printable(error, 400)}.{' '}
            {lastUp.has(director) &&
              `Its services below are as they were at ${clockTime(lastUp.get(director)?.atMs ?? 0, state.atMs)}. `}
            {state.directors.some(({ up }) => up) && 'The sums above are without it.'}
          </p>
        ))}
      {state?.frozen && (
        <p class="notice">
          <b>No rollout starts</b>: {freezeText(state.frozen)}. <code>drain unfreeze</code> ends it.
        </p>
      )}
      {state?.storeError !== undefined && (
        <p class="notice">
          <b>Rollouts may be missing</b>, and why a server is out:{' '}
          {printable(state.storeError, 400)}.
        </p>
      )}
    </>
  );
}
