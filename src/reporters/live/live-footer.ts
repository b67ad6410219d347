import { gateTitle } from '../../domain/health/gate.ts';
import { printable } from '../../domain/printable.ts';
import { clock, count } from '../text/amounts.ts';
import { columnsOf, cutToColumns } from '../text/columns.ts';
import type { Paint } from '../text/paint.ts';
import { type LiveView, phaseWords } from './live-view.ts';
import { rampLeftMs } from './next-step.ts';

const indent = '  ';
const between = ' · ';

/** The footer: time elapsed and to come, the gates, and `how`, what somebody can do about it. */
export function footerLines(
  view: LiveView,
  how: readonly string[],
  width: number,
  paint: Paint,
): readonly string[] {
  const plain = (texts: readonly string[]): readonly Part[] =>
    texts.map((text) => ({ text, isBad: false }));
  const before = plain([elapsed(view), ...toCome(view)]);
  const parts = [...before, ...gateStates(view), ...plain(how)];
  const lines: Part[] = [];
  for (const { text, isBad } of parts) {
    const part = cutToColumns(text, width - indent.length);
    const last = lines.at(-1);
    const longer = last && `${last.text}${between}${part}`;
    if (last && longer !== undefined && columnsOf(longer) <= width) {
      lines[lines.length - 1] = { text: longer, isBad: last.isBad || isBad };
    } else lines.push({ text: indent + part, isBad });
  }
  return lines.map(({ text, isBad }) => paint(isBad ? 'red' : 'gray', text));
}

/** A part of the footer; a bad one makes its whole line red. */
interface Part {
  readonly text: string;
  readonly isBad: boolean;
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
    case 'cut-off':
      return [`${phaseWords[phase]} for ${forHowLong}`];
    case 'ramp':
    case 'rolling-back': {
      const leftMs = rampLeftMs(view);
      return leftMs === undefined ? [] : [`ramp ends in ${clock(leftMs)}`];
    }
    default:
      return [];
  }
}

function gateStates({ gates, hasGates }: LiveView): readonly Part[] {
  const failed = [...gates.values()].filter(({ verdict }) => verdict === 'failed');
  const [first] = failed;
  if (first !== undefined) {
    const more = failed.length > 1 ? ` and ${failed.length - 1} more` : '';
    return [{ text: `${printable(gateTitle(first), 60)}${more} failed`, isBad: true }];
  }
  if (gates.size > 0) return [{ text: `${count(gates.size, 'gate')} passed`, isBad: false }];
  return hasGates ? [{ text: 'gates not asked yet', isBad: false }] : [];
}
