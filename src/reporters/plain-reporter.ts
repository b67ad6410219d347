import { actorText } from '../domain/actor/actor.ts';
import type { DrainEvent } from '../domain/events/event.ts';
import type { NamesByServer } from '../domain/places/named-servers.ts';
import { isHandOver, maintenanceOf } from '../domain/rollout/maintenance.ts';
import {
  type CommandContext,
  commandText,
  waysFrom,
  waysIn,
} from '../domain/rollout/rollout-status.ts';
import { droppedWords } from './dropped-words.ts';
import { levelOf } from './log/event-levels.ts';
import { logLines } from './log/log-lines.ts';
import { createGateFilter, createSampleFilter } from './news.ts';
import type { Output, Reporter } from './reporter.ts';
import { afterSaid } from './text/headed.ts';
import { describeEvent, describePlannedService } from './wording.ts';

/** Reports to pipes and log files: a line an event, the time first, no colours, no motion. */
export function createPlainReporter(
  output: Pick<Output, 'write' | 'takeDropped' | 'isJournal'>,
  commands?: CommandContext,
): Reporter {
  const isSampleNews = createSampleFilter();
  const isGateNews = createGateFilter();
  let namesDirector = true;
  /** Whether `held` or `rolled-back` has come, right before `finished`, with the same words. */
  let hasSaidEnd = false;
  /** A journal has been opened, and the id is not said yet. */
  let isNew = false;
  let isMaintenance = false;
  /** A rollout that is found by its id. */
  let rollout: string | undefined;
  /** The reason of a rollback, which its end begins with. */
  let reason: string | undefined;
  let names: NamesByServer | undefined;
  let isLong = false;
  const line = logLines(output, () => isLong);

  const sentences = (event: DrainEvent): readonly string[] => {
    if (event.type === 'planned') {
      // Directors that hold the same table have the same plan.
      // Without a hand-over a ramp ends on another scale, where every weight is another number.
      isMaintenance = maintenanceOf(event) !== undefined;
      names = event.names;
      const { until } = event;
      const moved = {
        ...(isHandOver(event) ? {} : { servers: [...event.from, ...event.to] }),
        names,
        isMove: event.move !== undefined,
        ...(until === undefined ? {} : { until }),
      };
      const services = event.services.map((service) => describePlannedService(service, moved));
      return [describeEvent(event), ...new Set(services)];
    }
    if (event.type === 'finished' && hasSaidEnd) {
      return [`finished: ${event.outcome}, exit code ${event.exitCode}`];
    }
    return [describeEvent(event, { namesDirector, names, commands })];
  };

  /** What the end has in front again is said already. */
  const unsaid = (event: DrainEvent): DrainEvent =>
    event.type === 'rolled-back' ? { ...event, reason: afterSaid(event.reason, reason) } : event;

  return {
    plan({ directors, overMs }) {
      namesDirector = directors.length > 1;
      isLong = overMs >= dayMs;
    },
    opened(id) {
      // Without a place for commands nobody finds it by its id, as in a demo.
      rollout = commands && waysIn(commands, waysFrom('done', id)).back ? id : undefined;
      isNew = rollout !== undefined;
    },
    event(event) {
      if (!isSampleNews(event) || !isGateNews(event)) return;
      const dropped = output.takeDropped?.();
      if (dropped) output.write(`(${droppedWords(dropped)})\n`);
      if (isNew) line(event.at, `rollout ${rollout}${byWhom(event)}`, 'info');
      isNew = false;
      for (const sentence of sentences(unsaid(event))) line(event.at, sentence, levelOf(event));
      if (event.type === 'finished' && event.outcome === 'done' && rollout && !isMaintenance) {
        if (event.until !== undefined)
          line(event.at, `to go on: ${commandText(['resume', rollout], commands)}`, 'info');
        line(event.at, `to go back: ${commandText(['rollback', rollout], commands)}`, 'info');
      }
      if (event.type === 'rollback-started') ({ reason } = event);
      hasSaidEnd = event.type === 'held' || event.type === 'rolled-back';
    },
    close() {},
  };
}

/** `, by anna on lb1: deploy 42`; nothing where it is not known. */
const byWhom = ({ actor }: DrainEvent): string => (actor ? `, by ${actorText(actor)}` : '');

const dayMs = 86_400_000;
