import type { VNode } from 'preact';
import type { RolloutStanding } from '../rollout-view.ts';

const moods: Readonly<Record<RolloutStanding, 'good' | 'bad' | 'plain' | 'busy'>> = {
  running: 'busy',
  paused: 'plain',
  held: 'bad',
  'cut-off': 'bad',
  done: 'good',
  'rolled-back': 'plain',
  refused: 'bad',
  failed: 'bad',
};

export function Standing({ standing }: { readonly standing: RolloutStanding }): VNode {
  return <span class={`pill ${moods[standing]}`}>{standing}</span>;
}
