import type { Output } from '../reporter.ts';
import type { Watcher } from './watcher.ts';

/** `--output json`: every event that the rollouts have left, from their beginning, one a line. */
export function createJsonWatcher(output: Pick<Output, 'write'>): Watcher {
  return {
    show({ rollouts }) {
      for (const { backlog, news } of rollouts) {
        for (const event of [...backlog, ...news]) output.write(`${JSON.stringify(event)}\n`);
      }
    },
    close() {},
  };
}
