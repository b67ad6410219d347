import { stampEvent } from '../domain/events/event.ts';
import { droppedWords } from './dropped-words.ts';
import type { Output, Reporter } from './reporter.ts';

/**
 * `--output json`: one event a line, and nothing else. Samples are the first to go when nobody reads; a
 * warning says how many lines are missing before it.
 */
export function createJsonReporter(output: Pick<Output, 'write' | 'takeDropped'>): Reporter {
  return {
    // The events `planned` and `warning` say all of it.
    plan() {},
    event(event) {
      const dropped = output.takeDropped?.();
      if (dropped) {
        const message = droppedWords(dropped);
        const body = { type: 'warning', code: 'output-dropped', message } as const;
        output.write(`${JSON.stringify(stampEvent(body, event.rollout, Date.parse(event.at)))}\n`);
      }
      output.write(`${JSON.stringify(event)}\n`, { minor: event.type === 'sampled' });
    },
    close() {},
  };
}
