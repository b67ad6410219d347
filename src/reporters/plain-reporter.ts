import { lightFormat } from 'date-fns';
import type { DrainEvent } from '../domain/events/event.ts';
import { maintenanceOf } from '../domain/rollout/maintenance.ts';
import type { CommandContext } from '../domain/rollout/rollout-status.ts';
import { droppedWords } from './dropped-words.ts';
import { createGateFilter, createSampleFilter } from './news.ts';
import type { Output, Reporter } from './reporter.ts';
import { describeEvent, describePlannedService } from './wording.ts';

/** Reports to pipes and log files: a line an event, the time first, no colours, no motion. */
export function createPlainReporter(
  output: Pick<Output, 'write' | 'takeDropped'>,
  commands?: CommandContext,
): Reporter {
  const isSampleNews = createSampleFilter();
  const isGateNews = createGateFilter();
  let namesDirector = true;
  /** Whether `held` or `rolled-back` has come, right before `finished`, with the same words. */
  let hasSaidEnd = false;

  const sentences = (event: DrainEvent): readonly string[] => {
    if (event.type === 'planned') {
      // Directors that hold the same table have the same plan.
      // Maintenance ends on another scale, where every weight is another number.
      const moved = maintenanceOf(event) ? { servers: [...event.from, ...event.to] } : {};
      const services = event.services.map((service) => describePlannedService(service, moved));
      return [describeEvent(event), ...new Set(services)];
    }
    if (event.type === 'finished' && hasSaidEnd) {
      return [`finished: ${event.outcome}, exit code ${event.exitCode}`];
    }
    return [describeEvent(event, { namesDirector, commands })];
  };

  return {
    plan(plan) {
      namesDirector = plan.directors.length > 1;
    },
    event(event) {
      if (!isSampleNews(event) || !isGateNews(event)) return;
      const dropped = output.takeDropped?.();
      if (dropped) output.write(`(${droppedWords(dropped)})\n`);
      for (const sentence of sentences(event)) {
        output.write(`${lightFormat(event.at, 'HH:mm:ss')} ${sentence}\n`);
      }
      hasSaidEnd = event.type === 'held' || event.type === 'rolled-back';
    },
    close() {},
  };
}
