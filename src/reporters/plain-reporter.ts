import type { DrainEvent } from '../domain/event.ts';
import type { Output, Reporter } from './reporter.ts';
import { createSampleFilter } from './sample-filter.ts';
import { describeEvent, describePlannedService } from './wording.ts';

/** For pipes and log files: a line an event, the time of day first, no colours, nothing that moves. */
export function createPlainReporter(output: Pick<Output, 'write'>): Reporter {
  const isNews = createSampleFilter();
  let namesDirector = true;
  let lastReason = '';

  const sentences = (event: DrainEvent): readonly string[] => {
    if (event.type === 'planned') {
      // Directors that hold the same table have the same plan.
      const services = event.services.map(describePlannedService);
      return [describeEvent(event), ...new Set(services)];
    }
    if (event.type === 'finished' && event.message === lastReason) {
      return [`finished: ${event.outcome}, exit code ${event.exitCode}`];
    }
    return [describeEvent(event, { namesDirector })];
  };

  return {
    plan(plan) {
      namesDirector = plan.directors.length > 1;
    },
    event(event) {
      if (!isNews(event)) return;
      for (const sentence of sentences(event)) {
        output.write(`${timeOfDay(event.at)} ${sentence}\n`);
      }
      if ('reason' in event) lastReason = event.reason;
    },
    close() {},
  };
}

/** `2026-01-01T13:03:22.004Z` is `14:03:22` an hour east of Greenwich. */
function timeOfDay(at: string): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
}
