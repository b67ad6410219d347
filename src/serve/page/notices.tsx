import type { VNode } from 'preact';
import { printable } from '../../domain/printable.ts';
import type { Model } from './model.ts';
import { clockTime } from './words.ts';

type NoticesProps = Pick<Model, 'contact'> & {
  readonly state: Model['state'];
  readonly lastUp: Model['lastUp'];
};

/** What is wrong with the picture itself. */
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
      {state && !state.up && (
        <p class="notice">
          <b>Director {printable(state.director)} is down</b>: {printable(state.error ?? '', 400)}.{' '}
          {lastUp &&
            `The services below are as they were at ${clockTime(lastUp.atMs, state.atMs)}.`}
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
