import type { DrainEvent } from '../../domain/events/event.ts';
import { isOver } from '../../domain/rollout/rollout-status.ts';
import { type LiveText, type StartLiveText, spinnerColumns } from '../live/live-text.ts';
import { hasSeveralDirectors } from '../live/live-view.ts';
import { stampsOf } from '../log/log-lines.ts';
import { createGateFilter, isNoteworthy } from '../news.ts';
import { lastLines, permanentLines } from '../permanent-lines.ts';
import type { Output } from '../reporter.ts';
import { painter } from '../text/paint.ts';
import { describeEvent } from '../wording.ts';
import { watchLines } from './watch-lines.ts';
import type { WatchedRollout, Watcher, WatchPicture } from './watcher.ts';

/** Watches on a terminal: the tables of all rollouts, lines that stay, and the last picture. */
export function createTtyWatcher(output: Output, startLiveText: StartLiveText): Watcher {
  const paint = painter(output.colour);
  const filters = new Map<string, (event: DrainEvent) => boolean>();
  let picture: WatchPicture | undefined;
  let live: LiveText | undefined;
  let isEnding = false;
  /** Nothing changes between two pictures but the size of the terminal. */
  let drawn: { readonly size: string; readonly lines: readonly string[] } | undefined;

  const draw = (rows: number): readonly string[] => {
    if (!picture) return [];
    // One column stays free: a character in the last one makes some terminals wrap.
    const columns = output.columns - 1;
    const key = `${columns}x${rows}`;
    if (drawn?.size === key) return drawn.lines;
    const size = { columns, rows, headingIndent: spinnerColumns, isEnding };
    const lines = watchLines(picture, size, paint);
    drawn = { size: key, lines };
    return lines;
  };

  const stamp = stampsOf(output);
  const newsOf = (
    { rollout, view, backlog, news, status }: WatchedRollout,
    isOnly: boolean,
  ): readonly string[] => {
    const isGateNews = filters.get(rollout) ?? createGateFilter();
    filters.set(rollout, isGateNews);
    for (const event of backlog) isGateNews(event);
    const lines = news
      .filter((event) => isNoteworthy(event) && isGateNews(event))
      .flatMap((event) => {
        const id = isOnly ? '' : `${rollout} `;
        const sentence = `${stamp(event.at)} ${id}${describeEvent(event, { namesDirector: hasSeveralDirectors(view), names: view.names })}`;
        return permanentLines(event, sentence, output.columns, paint);
      });
    const last = [...backlog, ...news].findLast(({ type }) => type === 'finished');
    if (last?.type !== 'finished' || !isOver(status)) return lines;
    const message = isOnly ? last.message : `${rollout}: ${last.message}`;
    return [...lines, ...lastLines({ ...last, message }, output.columns, paint)];
  };

  return {
    show(next) {
      const isOnly = next.rollouts.length === 1;
      const lines = next.rollouts.flatMap((one) => newsOf(one, isOnly));
      picture = next;
      drawn = undefined;
      const write = (): void => output.write(`${lines.join('\n')}\n`);
      if (lines.length > 0) {
        if (live) live.above(write);
        else write();
      }
      live ??= startLiveText(draw);
    },
    close() {
      if (!live) return;
      live.stop();
      live = undefined;
      // The last picture stays.
      isEnding = true;
      drawn = undefined;
      const lines = draw(Math.max(1, output.rows - 1));
      output.write(`${lines.join('\n')}\n`);
    },
  };
}
