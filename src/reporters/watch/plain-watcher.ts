import type { DrainEvent } from '../../domain/events/event.ts';
import type { RolloutStatus } from '../../domain/rollout/rollout-status.ts';
import { hasSeveralDirectors, type LiveView } from '../live/live-view.ts';
import { levelOf } from '../log/event-levels.ts';
import { logLines } from '../log/log-lines.ts';
import { createGateFilter, createSampleFilter } from '../news.ts';
import type { Output } from '../reporter.ts';
import { describeEvent } from '../wording.ts';
import type { Watcher } from './watcher.ts';

interface Shown {
  readonly status: RolloutStatus;
  readonly isNews: (event: DrainEvent) => boolean;
}

/**
 * Watches for pipes: the state of everything, and from then on a line an event, as a rollout's own
 * log has it, with its id. Lines are only ever added.
 */
export function createPlainWatcher(output: Pick<Output, 'write' | 'isJournal'>): Watcher {
  const shown = new Map<string, Shown>();
  const toldNotes = new Set<string>();
  let isFirst = true;
  const line = logLines(output);

  const write = (event: DrainEvent, view: LiveView): void => {
    const namesDirector = hasSeveralDirectors(view);
    const sentence = describeEvent(event, { namesDirector, names: view.names });
    line(event.at, `${event.rollout} ${sentence}`, levelOf(event));
  };

  return {
    show({ rollouts, notes, nothing }) {
      for (const { rollout, status, view, backlog, news, summary } of rollouts) {
        const before = shown.get(rollout);
        const isNews = before?.isNews ?? newsFilter();
        shown.set(rollout, { status, isNews });
        // The summary says what came of them.
        for (const event of backlog) isNews(event);
        for (const event of news.filter(isNews)) write(event, view);
        const isCutOff = status === 'cut-off' && before !== undefined && before.status !== status;
        if (isCutOff || (before === undefined && news.length === 0)) output.write(summary);
      }
      for (const { key, text } of notes) {
        if (!toldNotes.has(key)) output.write(`${text}\n`);
        toldNotes.add(key);
      }
      if (isFirst && rollouts.length === 0) output.write(`${nothing}\n`);
      isFirst = false;
    },
    close() {},
  };
}

function newsFilter(): (event: DrainEvent) => boolean {
  const [isSampleNews, isGateNews] = [createSampleFilter(), createGateFilter()];
  return (event) => isSampleNews(event) && isGateNews(event);
}
