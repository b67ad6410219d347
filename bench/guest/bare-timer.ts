/** Timers at absolute times, as bare as they come: how late each was, in milliseconds. */
export interface BareTimerOptions {
  readonly everyMs: number;
  readonly times: number;
}

const { everyMs, times } = JSON.parse(process.argv[2] ?? '') as BareTimerOptions;
const startMs = performance.now();
const late: number[] = [];

function next(): void {
  const dueMs = startMs + (late.length + 1) * everyMs;
  setTimeout(() => {
    late.push(performance.now() - dueMs);
    if (late.length < times) next();
    else process.stdout.write(`${JSON.stringify(late)}\n`);
  }, dueMs - performance.now());
}
next();
