import type { VNode } from 'preact';
import type { Span } from '../../../record/rollout-record.ts';
import type { RolloutView } from '../../view/rollout-view.ts';
import { duration } from '../words.ts';

const names: Readonly<Record<Span['kind'], string>> = {
  ramp: 'ramp',
  pause: 'pause',
  drain: 'drain',
  return: 'going back',
  stopped: 'stopped',
};
const kinds = Object.keys(names) as readonly Span['kind'][];

/** The time of a rollout so far, by what it was spent on. */
export function SpanStrip({ spentMs }: Pick<RolloutView, 'spentMs'>): VNode {
  const spent = kinds.filter((kind) => spentMs[kind] >= 1);
  return (
    <div class="spans">
      <div class="strip" aria-hidden="true">
        {spent.map((kind) => (
          <i key={kind} class={`k-${kind}`} style={{ flexGrow: spentMs[kind] }} />
        ))}
      </div>
      <ul class="legend">
        {spent.map((kind) => (
          <li key={kind}>
            <i class={`box k-${kind}`} />
            {names[kind]} {duration(spentMs[kind])}
          </li>
        ))}
      </ul>
    </div>
  );
}
