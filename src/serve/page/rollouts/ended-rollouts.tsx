import type { VNode } from 'preact';
import { printable } from '../../../domain/printable.ts';
import type { RolloutView } from '../../view/rollout-view.ts';
import { clockTime, duration } from '../words.ts';
import { Acts } from './acts.tsx';
import { Servers, StatusPill } from './rollout-heading.tsx';

/** The last few rollouts that are over. */
export function EndedRollouts({
  rollouts,
  atMs,
}: {
  readonly rollouts: readonly RolloutView[];
  readonly atMs: number;
}): VNode | null {
  if (rollouts.length === 0) return null;
  return (
    <details class="ended">
      <summary>
        The last that ended: <StatusPill status={rollouts[0]?.standing ?? 'done'} />{' '}
        {clockTime(rollouts[0]?.untilMs ?? atMs, atMs)}
      </summary>
      <ul>
        {rollouts.map((rollout) => (
          <li key={rollout.rollout}>
            <StatusPill status={rollout.standing} /> <Servers of={rollout} />{' '}
            <span class="quiet">
              {clockTime(rollout.untilMs, atMs)}, after{' '}
              {duration(rollout.untilMs - rollout.startedAtMs)}, <code>{rollout.rollout}</code>
              {rollout.message !== '' && `: ${printable(rollout.message, 400)}`}
            </span>
            <Acts acts={rollout.acts} atMs={atMs} />
          </li>
        ))}
      </ul>
    </details>
  );
}
