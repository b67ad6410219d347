import { gateTitle } from '../../domain/gate.ts';
import { printable } from '../../domain/printable.ts';
import { clock, count } from '../text/amounts.ts';
import { columnsOf, cutToColumns } from '../text/columns.ts';
import type { Paint } from '../text/paint.ts';
import type { LiveView } from './live-view.ts';
import { rampLeftMs } from './next-step.ts';

const indent = '  ';
const between = ' · ';

/** Elapsed, what is to come, how the gates stand, and `how`: what somebody can do about it. */
export function footerLines(
  view: LiveView,
  how: readonly string[],
  width: number,
  paint: Paint,
): readonly string[] {
  const parts = [elapsed(view), ...toCome(view), ...gatesStanding(view), ...how];
  const lines: string[] = [];
  for (const part of parts.map((text) => cutToColumns(text, width - indent.length))) {
    const last = lines.at(-1);
    const longer = last === undefined ? undefined : `${last}${between}${part}`;
    if (longer !== undefined && columnsOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(indent + part);
  }
  const isBad = [...view.gates.values()].includes('failed');
  return lines.map((line) => paint(isBad && line.includes(' failed') ? 'red' : 'gray', line));
}

const elapsed = ({ nowMs, startedAtMs }: LiveView): string =>
  `${clock(startedAtMs === undefined ? 0 : nowMs - startedAtMs)} elapsed`;

function toCome(view: LiveView): readonly string[] {
  const { phase, phaseSinceMs, nowMs } = view;
  const forHowLong = clock(nowMs - phaseSinceMs);
  switch (phase) {
    case 'paused':
      return [`paused for ${forHowLong}`];
    case 'held':
    case 'cut off':
      return [`${phase} for ${forHowLong}`];
    case 'ramp':
    case 'going back': {
      const leftMs = rampLeftMs(view);
      return leftMs === undefined ? [] : [`ramp ends in ${clock(leftMs)}`];
    }
    default:
      return [];
  }
}

function gatesStanding({ gates, hasGates }: LiveView): readonly string[] {
  const failed = [...gates].flatMap(([gate, verdict]) => (verdict === 'failed' ? [gate] : []));
  const [first] = failed;
  if (first !== undefined) {
    const more = failed.length > 1 ? ` and ${failed.length - 1} more` : '';
    return [`${printable(gateTitle(first), 60)}${more} failed`];
  }
  if (gates.size > 0) return [`${count(gates.size, 'gate')} passed`];
  return hasGates ? ['gates not asked yet'] : [];
}
