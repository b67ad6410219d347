import type { DrainEvent } from '../domain/events/event.ts';
import { exitCodeOf } from '../domain/failure.ts';
import type { Plan } from '../domain/rollout/plan.ts';
import { totalsOfLate } from '../rollout/observe/totals-of-late.ts';
import type { Clock, ConnectionTotals, Director } from '../rollout/ports.ts';
import type { Trace, TracedEnvironment, TraceEntry } from '../rollout/state/trace.ts';
import { createSampleThinner } from './sample-thinner.ts';

export interface RecorderOptions {
  readonly plan: Plan;
  readonly directors: ReadonlyMap<string, Director>;
  readonly clock: Clock;
}

/**
 * Listens to a rollout and writes its trace; events from before there is a trace are kept for it.
 */
export interface Recorder {
  event(event: DrainEvent): void;
  /** Starts writing the trace, with the entries kept until then first. */
  start(trace: Trace, environment: Promise<TracedEnvironment>): void;
  close(): Promise<void>;
}

/** The longest time before a step at which a listing is as good as a count at the step. */
const beforeStepMs = 1_000;
/** The least time between two counts in one step, or `countPart` of the time so far if longer. */
const shortestCountMs = 5_000;
const countPart = 1 / 100;

export function createRecorder({ plan, directors, clock }: RecorderOptions): Recorder {
  const thin = createSampleThinner();
  const before: TraceEntry[] = [];
  let trace: Trace | undefined;
  let described: Promise<void> | undefined;
  const add = (entry: TraceEntry): void => {
    if (trace) trace.add(entry);
    else before.push(entry);
  };
  const counters = plan.directors.map(({ director: name, services }) => {
    const director = directors.get(name);
    const keys = services.map(({ service }) => service);
    const keep = (atMs: number, totals: ConnectionTotals): void =>
      add({ type: 'totals', atMs, director: name, services: connectionsOf(totals) });
    return createCounter(name, {
      async now() {
        const totals = await director?.totals(keys);
        // A director in trouble is the engine's business; here it is a hole in a picture.
        if (totals?.ok) keep(clock.nowMs(), totals.value);
      },
      recent(sinceMs) {
        const recent = director && totalsOfLate(director, clock.nowMs(), sinceMs);
        if (recent) keep(recent.atMs, recent.totals);
        return recent?.atMs;
      },
    });
  });
  const counterOf = (name: string) => counters.find((counter) => counter.name === name);

  return {
    event(event) {
      if (event.type === 'planned') return;
      const kept = event.type === 'sampled' ? thin(event) : [event];
      for (const one of kept) add({ type: 'event', event: one });
      if (!trace) return;
      const atMs = Date.parse(event.at);
      if (event.type === 'step-applied') counterOf(event.director)?.countStep(atMs);
      if (event.type === 'sampled') counterOf(event.director)?.countIfLongAgo(atMs);
      // What came after the last step; a director that failed would only be waited for once more.
      if (event.type === 'finished' && event.exitCode !== exitCodeOf('director')) {
        for (const counter of counters) counter.count(atMs);
      }
    },
    start(opened, environment) {
      trace = opened;
      const atMs = clock.nowMs();
      described = environment.then((found) =>
        opened.add({ type: 'environment', atMs, environment: found }),
      );
      for (const entry of before.splice(0)) trace.add(entry);
      for (const counter of counters) counter.count(atMs);
    },
    async close() {
      await Promise.all([described, ...counters.map((counter) => counter.idle())]);
      await trace?.close();
    },
  };
}

const connectionsOf = (totals: ConnectionTotals) =>
  Object.fromEntries(
    [...totals].map(([service, servers]) => [
      service,
      Object.fromEntries([...servers].map(([server, { connections }]) => [server, connections])),
    ]),
  );

interface Count {
  /** Counts now; costs a process. */
  now(): Promise<void>;
  /**
   * Keeps the totals that came with a listing after `sinceMs`, and tells their time; `undefined`
   * where there are none.
   */
  recent(sinceMs: number): number | undefined;
}

/** Runs one count at a time; requests made meanwhile lead to one more count, after it. */
function createCounter(name: string, counts: Count) {
  let firstMs: number | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let again = false;
  const run = async (): Promise<void> => {
    do {
      again = false;
      await counts.now();
    } while (again);
    running = undefined;
  };
  const count = (atMs: number): void => {
    firstMs ??= atMs;
    lastMs = atMs;
    if (running) again = true;
    else running = run();
  };
  const countUnlessKnown = (atMs: number, sinceMs: number): void => {
    const countedMs = counts.recent(sinceMs);
    if (countedMs === undefined) count(atMs);
    else lastMs = countedMs;
  };
  return {
    name,
    count,
    countStep(atMs: number) {
      const sinceMs = atMs - beforeStepMs;
      if (lastMs <= sinceMs) countUnlessKnown(atMs, sinceMs);
    },
    countIfLongAgo(atMs: number) {
      const spacingMs = Math.max(shortestCountMs, (atMs - (firstMs ?? atMs)) * countPart);
      // Between two steps it does not matter when exactly it was counted, only that it is known when.
      if (atMs - lastMs >= spacingMs) countUnlessKnown(atMs, lastMs);
    },
    idle: async () => running,
  };
}
