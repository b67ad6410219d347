import type { VNode } from 'preact';
import { fullNames } from '../../../domain/places/named-servers.ts';
import type { Move } from '../../../domain/rollout/plan.ts';
import type { RolloutStatus } from '../../../domain/rollout/rollout-status.ts';
import type { RolloutView } from '../../view/rollout-view.ts';

const moods: Readonly<Record<RolloutStatus, 'good' | 'bad' | 'plain' | 'busy'>> = {
  running: 'busy',
  paused: 'plain',
  held: 'bad',
  'cut-off': 'bad',
  done: 'good',
  'rolled-back': 'plain',
  refused: 'bad',
  failed: 'bad',
};

/** The status of a rollout as a pill in the colour of its mood. */
export function StatusPill({ status }: { readonly status: RolloutStatus }): VNode {
  return <span class={`pill ${moods[status]}`}>{status}</span>;
}

/** `10.0.0.1 → 10.0.0.2`, or `add 10.0.0.3`. */
export function Servers({
  of,
}: {
  readonly of: Pick<RolloutView, 'from' | 'to' | 'names' | 'move'>;
}): VNode {
  const { from, to, names, move } = of;
  if (move) {
    return (
      <span class="names">
        {moveWords[move]} <b class="new">{fullNames(to, names)}</b>
      </span>
    );
  }
  return (
    <span class="names">
      <b class="old">{fullNames(from, names)}</b>
      {to.length > 0 && (
        <>
          <span aria-hidden="true"> → </span>
          <span class="unseen"> to </span>
          <b class="new">{fullNames(to, names)}</b>
        </>
      )}
    </span>
  );
}

const moveWords: Readonly<Record<Move, string>> = { add: 'add', weight: 'weight of' };
