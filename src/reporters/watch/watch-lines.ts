import { printable } from '../../domain/printable.ts';
import {
  allWays,
  type CommandContext,
  commandText,
  isOver,
  type RolloutStatus,
  waysFrom,
} from '../../domain/rollout/rollout-status.ts';
import { type FrameOptions, liveLines } from '../live/live-lines.ts';
import { cutToColumns } from '../text/columns.ts';
import type { Paint } from '../text/paint.ts';
import type { WatchedRollout, WatchNote, WatchPicture } from './watcher.ts';

type Size = Pick<FrameOptions, 'columns' | 'rows' | 'headingIndent'>;

export interface WatchSize extends Size {
  /** Whether nobody watches any more. */
  readonly isEnding: boolean;
}

/** A rollout takes a heading and a footer at least. */
const leastRows = 3;
/** The most notes; more would take the room of the rollouts. */
const mostNotes = 5;

/** Rollouts that run first, then those that wait for somebody; at most `rows` lines. */
export function watchLines(
  { rollouts, notes, nothing, commands }: WatchPicture,
  { columns, rows, headingIndent, isEnding }: WatchSize,
  paint: Paint,
): readonly string[] {
  const isFirst = ({ status }: WatchedRollout): boolean =>
    status === 'running' || status === 'paused';
  const sorted = [...rollouts.filter(isFirst), ...rollouts.filter((one) => !isFirst(one))];
  const how = isEnding ? [] : [paint('gray', '  Ctrl-C ends the watch')];
  const below = [...noteLines(notes, rows), ...how];
  const room = rows - below.length;
  const most = Math.max(1, Math.floor((room - 1) / leastRows));
  const shown = sorted.slice(0, most);
  const hidden = sorted.length - shown.length;
  const lines: string[] = [];
  let left = room - (hidden > 0 ? 1 : 0);
  for (const [index, one] of shown.entries()) {
    const size = { columns, rows: Math.floor(left / (shown.length - index)) };
    const own = rolloutLines(
      one,
      { ...size, headingIndent: index === 0 ? headingIndent : 0 },
      paint,
      commands,
    );
    left -= own.length;
    lines.push(...own);
  }
  if (sorted.length === 0) lines.push(nothing);
  if (hidden > 0)
    lines.push(paint('gray', `… and ${hidden} more: ${commandText(['status'], commands)}`));
  return [...lines, ...below]
    .map((line, index) => cutToColumns(line, index === 0 ? columns - headingIndent : columns))
    .slice(0, Math.max(0, rows));
}

const rolloutLines = (
  { view, rollout, status }: WatchedRollout,
  size: Size,
  paint: Paint,
  commands: CommandContext | undefined,
): readonly string[] =>
  liveLines(
    view,
    { ...size, how: shownWays(status, rollout, commands), label: printable(rollout, 64) },
    paint,
  );

/** A table that moves has room for one command. */
function shownWays(
  status: RolloutStatus,
  rollout: string,
  commands: CommandContext | undefined,
): readonly string[] {
  if (isOver(status)) return [];
  const ways = waysFrom(status, rollout);
  return (ways.pause ? [ways.pause] : allWays(ways)).map((way) => commandText(way, commands));
}

function noteLines(notes: readonly WatchNote[], rows: number): readonly string[] {
  const most = Math.min(mostNotes, Math.max(0, Math.floor(rows / 4)));
  const texts = notes.map(({ text }) => `  ${text}`);
  if (texts.length <= most) return texts;
  const shown = texts.slice(0, Math.max(0, most - 1));
  return most === 0 ? [] : [...shown, `  … and ${texts.length - shown.length} more`];
}
