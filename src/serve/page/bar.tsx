import type { VNode } from 'preact';
import type { ColourName } from '../../charts/colours.ts';

interface BarProps {
  /** 0 to 1. */
  readonly fraction: number;
  readonly colour: ColourName;
}

/** A number once more, as a length; whoever cannot see it has the number. */
export const Bar = ({ fraction, colour }: BarProps): VNode => (
  <span class="bar" aria-hidden="true">
    <i class={`fill-${colour}`} style={{ width: `${(100 * Math.min(1, fraction)).toFixed(1)}%` }} />
  </span>
);
