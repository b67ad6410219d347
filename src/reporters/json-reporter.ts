import type { Output, Reporter } from './reporter.ts';

/** `--output json`: one event a line, and nothing else. */
export function createJsonReporter(output: Pick<Output, 'write'>): Reporter {
  return {
    // The events `planned` and `warning` say all of it.
    plan() {},
    event(event) {
      output.write(`${JSON.stringify(event)}\n`);
    },
    close() {},
  };
}
