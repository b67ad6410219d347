import type { VNode } from 'preact';
import { type Acted, actedText } from '../../../domain/actor/acts.ts';
import { clockTime } from '../words.ts';

/** More of what people did to one rollout than this is in its report. */
const most = 6;

/** Who started a rollout, who did something to it since, and why: a line each. */
export function Acts({
  acts = [],
  atMs,
}: {
  readonly acts: readonly Acted[] | undefined;
  readonly atMs: number;
}): VNode | null {
  if (acts.length === 0) return null;
  const left = acts.length - most;
  const shown = left > 0 ? [...acts.slice(0, 1), ...acts.slice(left + 1)] : acts;
  return (
    <ul class="acts" aria-label="who and why">
      {shown.map((one, index) => (
        <li key={`${one.atMs} ${one.act}`}>
          {actedText(one)} <span class="quiet">{clockTime(one.atMs, atMs)}</span>
          {left > 0 && index === 0 && <span class="quiet"> · {left} more in drain report</span>}
        </li>
      ))}
    </ul>
  );
}
