import type { DrainEvent } from '../../src/domain/events/event.ts';
import { ok } from '../../src/domain/failure.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
  type SimulationOptions,
} from '../../src/ipvs/simulated/simulated-director.ts';
import type { ServerSettings } from '../../src/ipvs/simulated/table/kernel-server.ts';
import { buildPlan } from '../../src/planner/build-plan.ts';
import { createRecorder } from '../../src/record/recorder.ts';
import { openRollout } from '../../src/rollout/journal/open.ts';
import type { ControlRequest } from '../../src/rollout/requests.ts';
import { foldJournal, type JournalEntry } from '../../src/rollout/state/journal.ts';
import type { RolloutEnd, RolloutState } from '../../src/rollout/state/rollout-state.ts';
import type { TraceEntry } from '../../src/rollout/state/trace.ts';
import { conductRollout, type Resuming } from './conduct-rollout.ts';
import { type RequestSketch, request, textOf } from './simulated-rollout.ts';

/** A rollout with the table as it was when each entry was written. */
export interface Recording {
  readonly entries: readonly JournalEntry[];
  /** What was seen, where it was asked for. */
  readonly trace: readonly TraceEntry[];
  /** As many as entries, and one more: the table at the end. */
  readonly tables: readonly string[];
  readonly before: string;
  readonly after: string;
  readonly end: RolloutEnd;
}

export interface RecordingScript {
  readonly sketch: RequestSketch;
  readonly simulation: Omit<SimulationOptions, 'seed'>;
  /** What happens when, in milliseconds after the start. */
  readonly events?: readonly {
    readonly atMs: number;
    readonly ask?: ControlRequest;
    readonly interrupt?: true;
    /** Somebody else's edit: a line of ipvsadm. */
    readonly edit?: string;
  }[];
  /** How the rollout goes on after each end. */
  readonly resumes?: readonly Resuming[];
  /** Leave a trace too. */
  readonly traced?: true;
}

/** More than any of these rollouts needs: one that has not ended by then goes in circles. */
const mostActions = 5_000;

export async function recordRollout(script: RecordingScript): Promise<Recording> {
  const simulation = createSimulatedIpvsadm({ seed: 1, ...script.simulation });
  const before = textOf(simulation);
  const loop = createLoop(simulation);
  const snapshot = await loop.director.snapshot();
  if (!snapshot.ok) throw new Error(snapshot.failure.what);
  const { plan, diagnostics } = buildPlan(request(script.sketch), [
    { director: 'sim', snapshot: snapshot.value },
  ]);
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const trace: TraceEntry[] = [];
  const { clock, directors } = loop.deps;
  const recorder = script.traced && createRecorder({ plan, directors, clock });
  if (recorder) {
    loop.hear(recorder.event);
    const environment = { drain: 'test', node: 'test', platform: 'test', host: 'test' };
    recorder.start(
      { add: (entry) => void trace.push(entry), async close() {} },
      Promise.resolve({ ...environment, directors: [] }),
    );
  }
  const startMs = simulation.clock.nowMs();
  for (const { atMs, ask, interrupt, edit } of script.events ?? []) {
    simulation.at(startMs + atMs, () => {
      if (ask) loop.asked.push(ask);
      if (interrupt) loop.interrupt();
      if (edit) simulation.ipvsadm(edit.split(' '));
    });
  }
  const access = [{ director: 'sim', where: 'sim', ipvsadm: 'ipvsadm' }];
  const opened = await openRollout('recorded', plan, access, loop.deps);
  if (!opened.ok) throw new Error(opened.failure.what);
  let end = await loop.run(opened.value);
  for (const direction of script.resumes ?? []) {
    await simulation.clock.sleepUntil(simulation.clock.nowMs() + 7_000);
    end = await loop.goOn(foldJournal(loop.entries), direction);
  }
  await recorder?.close();
  const tables = [...loop.tables, wholeTable(simulation)];
  return { entries: loop.entries, trace, tables, before, after: textOf(simulation), end };
}

export interface Continuation {
  readonly end: RolloutEnd;
  readonly after: string;
  readonly entries: readonly JournalEntry[];
  /** The lowest total weight of any service that had one in the beginning. */
  readonly lowestTotal: number;
}

/** Entries found on disk, a table found in the kernel, and a process that goes on from there. */
export async function continueFrom(
  entries: readonly JournalEntry[],
  table: string,
  direction: Resuming,
): Promise<Continuation> {
  const startMs = Math.max(...entries.map(({ atMs }) => atMs)) + 3_000;
  const simulation = createSimulatedIpvsadm({ seed: 1, table, startMs: Math.ceil(startMs) });
  const loop = createLoop(simulation);
  const end = await loop.goOn(foldJournal(entries), direction);
  return { end, after: textOf(simulation), entries: loop.entries, lowestTotal: loop.lowestTotal() };
}

function createLoop(simulation: Simulation) {
  const { clock } = simulation;
  const director = createDirector({
    name: 'sim',
    runner: simulation.runner,
    nowMs: () => simulation.clock.nowMs(),
  });
  const entries: JournalEntry[] = [];
  const tables: string[] = [];
  const asked: ControlRequest[] = [];
  let heard = (_: DrainEvent): void => {};
  let interrupted = new AbortController();
  let lowest = Number.POSITIVE_INFINITY;
  let actions = 0;
  const serving = new Set(weightedServices(simulation).map(({ key }) => key));
  const watch = (): void => {
    for (const { key, servers } of simulation.kernel.table.services) {
      if (!serving.has(key)) continue;
      lowest = Math.min(
        lowest,
        servers.reduce((sum, server) => sum + server.weight, 0),
      );
    }
  };
  const deps = {
    clock,
    directors: new Map([['sim', director]]),
    journal: {
      async append(...added: readonly JournalEntry[]) {
        watch();
        entries.push(...added);
        for (const _ of added) tables.push(wholeTable(simulation));
        return ok(undefined);
      },
    },
    emit: (event: DrainEvent) => {
      watch();
      heard(event);
    },
    inbox: {
      async take() {
        watch();
        if (++actions > mostActions) throw new Error(`no end after ${mostActions} actions`);
        return asked.shift();
      },
      async settle() {},
    },
    stop: {
      requested: () =>
        interrupted.signal.aborted ? ({ signal: 'sigint', again: false } as const) : undefined,
      signal: () => interrupted.signal,
    },
  };
  const run = (state: RolloutState): Promise<RolloutEnd> => conductRollout(deps, state);
  return {
    deps,
    director,
    entries,
    tables,
    asked,
    run,
    lowestTotal: () => lowest,
    hear(listener: typeof heard) {
      heard = listener;
    },
    interrupt: () => interrupted.abort(),
    /** As `drain resume` and `drain rollback` do it. */
    async goOn(state: RolloutState, direction: Resuming): Promise<RolloutEnd> {
      interrupted = new AbortController();
      return conductRollout(deps, state, direction);
    },
  };
}

const weightedServices = (simulation: Simulation) =>
  simulation.kernel.table.services.filter(({ servers }) =>
    servers.some(({ weight }) => weight > 0),
  );

/** `ipvsadm -Sn` with what it omits: the thresholds. */
function wholeTable(simulation: Simulation): string {
  const servers = new Map<string, ServerSettings>(
    simulation.kernel.table.services.flatMap((service) =>
      service.servers.map((server) => [`${service.key} ${server.key}`, server.settings] as const),
    ),
  );
  const words = { '-t': 'tcp', '-u': 'udp' } as Readonly<Record<string, string>>;
  return textOf(simulation)
    .split('\n')
    .map((line) => {
      const [command, kind = '', service, , server] = line.split(' ');
      const settings = servers.get(`${words[kind]}/${service} ${server}`);
      return command === '-a' && settings
        ? `${line} -x ${settings.upperThreshold} -y ${settings.lowerThreshold}`
        : line;
    })
    .join('\n');
}
