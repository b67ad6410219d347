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
  const room = width - indent.length;
  const ways = how.flatMap((text) => wrapCommand(text, room));
  const parts = [...before, ...gateStates(view), ...plain(ways)];
  const lines: Part[] = [];
  for (const { text, isBad } of parts) {
    const part = cutToColumns(text, room);
    const last = lines.at(-1);
    const longer = last && `${last.text}${between}${part}`;
    const isOneCommand = last?.text.endsWith(continued) || text.endsWith(continued);
    if (last && longer !== undefined && !isOneCommand && columnsOf(longer) <= width) {
      lines[lines.length - 1] = { text: longer, isBad: last.isBad || isBad };
    } else lines.push({ text: indent + part, isBad });
  }
  return lines.map(({ text, isBad }) => paint(isBad ? 'red' : 'gray', text));
}

/** Behind the end of a line whose command goes on in the next one, as a shell reads it. */
const continued = ' \\';

/** A command over as many lines as it needs: one that is cut off is of no use. A quoted word stays whole. */
function wrapCommand(command: string, columns: number): readonly string[] {
  if (columnsOf(command) <= columns || !command.startsWith('drain ')) return [command];
  const lines: string[] = [];
  for (const word of command.match(/(?:'[^']*'|\S)+/g) ?? []) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trimStart();
    if (lines.length > 0 && columnsOf(longer) + continued.length <= columns) {
      lines[lines.length - 1] = longer;
    } else lines.push(word);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? line + continued : line));
}

/** A part of the footer; a bad one makes its whole line red. */
interface Part {
  readonly text: string;
  readonly isBad: boolean;
}

const elapsed = ({ nowMs, startedAtMs }: LiveView): string =>
  `${clock(startedAtMs === undefined ? 0 : nowMs - startedAtMs)} elapsed`;

function toCome(view: LiveView): readonly string[] {
  const { phase, phaseSinceMs, nowMs, clockWait } = view;
  const forHowLong = clock(nowMs - phaseSinceMs);
  switch (phase) {
    case 'paused':
      return [`paused for ${forHowLong}`];
    case 'held':
    case 'cut-off':
      return [`${phaseWords[phase]} for ${forHowLong}`];
    case 'under-way':
      return clockWait === undefined ? [] : [printable(clockWait, 300)];
    case 'ramp':
    case 'rolling-back': {
      if (clockWait !== undefined) return [printable(clockWait, 300)];
      const leftMs = rampLeftMs(view);
      return leftMs === undefined ? [] : [`ramp ends in ${clock(leftMs)}`];
    }
    default:
      return [];
  }
}

function gateStates({ gates, hasGates, nowMs }: LiveView): readonly Part[] {
  const failed = [...gates.values()].filter(({ verdict }) => verdict === 'failed');
  const [first] = failed;
  if (first !== undefined) {
    const more = failed.length > 1 ? ` and ${failed.length - 1} more` : '';
    return [{ text: `${printable(gateTitle(first), 60)}${more} failed`, isBad: true }];
  }
  const [waited] = [...gates.values()].flatMap(({ wait }) => wait ?? []);
  if (waited) {
    const text = `waits ${clock(nowMs - waited.sinceMs)} for ${printable(waited.words, 160)}`;
    return [{ text, isBad: false }];
  }
  if (gates.size > 0) return [{ text: `${count(gates.size, 'gate')} passed`, isBad: false }];
  return hasGates ? [{ text: 'gates not asked yet', isBad: false }] : [];
}
