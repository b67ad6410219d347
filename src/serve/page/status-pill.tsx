import type { VNode } from 'preact';
import type { RolloutStatus } from '../../domain/rollout-status.ts';

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
