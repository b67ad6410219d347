import type { DrainEvent } from '../../src/domain/events/event.ts';
import { ok } from '../../src/domain/failure.ts';
import type { Plan } from '../../src/domain/rollout/plan.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
  type SimulationOptions,
} from '../../src/ipvs/simulated/simulated-director.ts';
import { createSimulatedSite } from '../../src/ipvs/simulated/time/simulated-site.ts';
import { buildPlan } from '../../src/planner/build-plan.ts';
import { openRollout } from '../../src/rollout/journal/open.ts';
import type { CommandResult, Director } from '../../src/rollout/ports.ts';
import { foldJournal, type JournalEntry } from '../../src/rollout/state/journal.ts';
import type { RolloutEnd } from '../../src/rollout/state/rollout-state.ts';
import { conductRollout, type Resuming } from './conduct-rollout.ts';
import { lineByLine } from './line-by-line.ts';
import { type RequestSketch, request, textOf } from './simulated-rollout.ts';

/** How a director fails: its commands hang until their limit, or cannot be started. */
export type Outage = 'hangs' | 'refuses' | 'answers-lost';

export interface FleetScript {
  readonly sketch: RequestSketch;
  /** One for each director: `lb1`, `lb2`, ... */
  readonly machines: readonly Omit<SimulationOptions, 'seed' | 'site'>[];
  readonly quorum?: number;
  /** The sync daemon's id of directors that have one. */
  readonly syncGroups?: Readonly<Record<string, number>>;
  readonly during?: (fleet: Fleet) => void;
}

export interface Fleet {
  readonly simulations: ReadonlyMap<string, Simulation>;
  readonly startMs: number;
  /** From now on; `undefined` ends it. */
  fail(director: string, outage: Outage | undefined): void;
  /** Has something happen so long after the start. */
  at(afterMs: number, action: () => void): void;
}

export interface FleetRun extends Fleet {
  readonly plan: Plan;
  readonly end: RolloutEnd;
  readonly entries: readonly JournalEntry[];
  readonly events: readonly DrainEvent[];
  /** `ipvsadm -Sn` of each. */
  readonly before: ReadonlyMap<string, string>;
  tables(): ReadonlyMap<string, string>;
  goOn(direction: Resuming): Promise<RolloutEnd>;
  /** The lowest total weight that a service of any director ever had between two lines. */
  lowestTotal(): number;
}

/** How long a command that hangs is waited for. */
const limitMs = 10_000;
const startMs = Date.UTC(2026, 0, 1);
const mostActions = 20_000;

/** A rollout over several simulated directors on one clock. */
export async function playFleet(script: FleetScript): Promise<FleetRun> {
  const site = createSimulatedSite(startMs);
  const outages = new Map<string, Outage>();
  let lowest = Number.POSITIVE_INFINITY;
  const watch = (): void => {
    for (const { simulation } of machines) {
      for (const { servers } of simulation.kernel.table.services) {
        lowest = Math.min(
          lowest,
          servers.reduce((sum, { weight }) => sum + weight, 0),
        );
      }
    }
  };
  const machines = script.machines.map((options, index) => {
    const name = `lb${index + 1}`;
    const simulation: Simulation = createSimulatedIpvsadm({
      seed: index + 1,
      ...options,
      startMs,
      site,
      faults(call) {
        const run = () => lineByLine(simulation.kernel, call, watch);
        return options.faults?.({ ...call, run }) ?? answerOf(outages.get(name), run) ?? run();
      },
    });
    return { name, simulation };
  });
  const simulations = new Map(machines.map(({ name, simulation }) => [name, simulation]));
  const directors = new Map<string, Director>(
    machines.map(({ name, simulation }) => [
      name,
      createDirector({ name, runner: simulation.runner }),
    ]),
  );
  const tables = () => new Map(machines.map(({ name, simulation }) => [name, textOf(simulation)]));
  const before = tables();
  const listed = await Promise.all(
    [...directors].map(async ([director, one]) => {
      const snapshot = await one.snapshot();
      if (!snapshot.ok) throw new Error(snapshot.failure.what);
      return { director, snapshot: snapshot.value };
    }),
  );
  const built = buildPlan({ ...request(script.sketch), allowDifferences: true }, listed);
  if (!built.plan) throw new Error(JSON.stringify(built.diagnostics));
  const plan: Plan = {
    ...built.plan,
    policy: {
      ...built.plan.policy,
      ...(script.quorum === undefined ? {} : { quorum: script.quorum }),
    },
    directors: built.plan.directors.map((one) => {
      const syncGroup = script.syncGroups?.[one.director];
      return { ...one, ...(syncGroup === undefined ? {} : { syncGroup }) };
    }),
  };

  const { clock } = site;
  const entries: JournalEntry[] = [];
  const events: DrainEvent[] = [];
  let actions = 0;
  const deps = {
    clock,
    directors,
    journal: {
      async append(...added: readonly JournalEntry[]) {
        entries.push(...added);
        return ok(undefined);
      },
    },
    emit: (event: DrainEvent) => {
      events.push(event);
    },
    inbox: {
      async take() {
        if (++actions > mostActions) throw new Error(`no end after ${mostActions} actions`);
        return undefined;
      },
      async settle() {},
    },
    stop: { requested: () => undefined, signal: () => new AbortController().signal },
  };
  const begunMs = clock.nowMs();
  const [first] = machines;
  const fleet: Fleet = {
    simulations,
    startMs: begunMs,
    fail(director, outage) {
      if (outage) outages.set(director, outage);
      else outages.delete(director);
    },
    at: (afterMs, action) => first?.simulation.at(begunMs + afterMs, action),
  };
  script.during?.(fleet);
  const access = machines.map(({ name }) => ({ director: name, where: 'sim', ipvsadm: 'ipvsadm' }));
  const opened = await openRollout('fleet', plan, access, deps);
  if (!opened.ok) throw new Error(opened.failure.what);
  const end = await conductRollout(deps, opened.value);
  return {
    ...fleet,
    plan,
    end,
    entries,
    events,
    before,
    tables,
    lowestTotal: () => lowest,
    async goOn(direction) {
      return conductRollout(deps, foldJournal(entries), direction);
    },
  };
}

function answerOf(outage: Outage | undefined, run: () => CommandResult): CommandResult | undefined {
  switch (outage) {
    case undefined:
      return undefined;
    case 'hangs':
      return { kind: 'timed-out', afterMs: limitMs };
    case 'refuses':
      return { kind: 'exited', exitCode: 255, stdout: '', stderr: 'connection refused' };
    case 'answers-lost':
      run();
      return { kind: 'timed-out', afterMs: limitMs };
  }
}
