import { fail, ok, type Result } from '../../src/domain/failure.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
  type SimulationOptions,
} from '../../src/ipvs/simulated/simulated-director.ts';
import { buildPlan } from '../../src/planner/build-plan.ts';
import { openRollout } from '../../src/rollout/journal/open.ts';
import { type Drift, findDrift } from '../../src/rollout/observe/drift.ts';
import type { StopRequest } from '../../src/rollout/ports.ts';
import { foldJournal, type JournalEntry } from '../../src/rollout/state/journal.ts';
import {
  directorState,
  type RolloutEnd,
  type RolloutState,
} from '../../src/rollout/state/rollout-state.ts';
import { conductRollout, type Resuming } from './conduct-rollout.ts';
import { type Exited, type FaultKind, faultyAnswer, isEdit } from './ipvsadm-faults.ts';
import { type RequestSketch, request, textOf } from './simulated-rollout.ts';

/** What happens to the `call`th ipvsadm process of a rollout, from 0. */
export type FaultPlan = (call: number, stdin: string) => FaultKind | undefined;

/** What happens to the `entry`th line of its journal, from 0: it is not written, or nobody knows. */
export type WriteFaultPlan = (entry: number) => 'is-lost' | 'is-kept' | undefined;

export interface FaultyRolloutOptions {
  readonly sketch: RequestSketch;
  readonly simulation: SimulationOptions;
  readonly faults?: FaultPlan;
  readonly writeFaults?: WriteFaultPlan;
  /** When a SIGINT arrives. */
  readonly stopAfterMs?: number;
}

/** Where a rollout stands after it was run or resumed. */
export interface Stand {
  readonly end: RolloutEnd;
  readonly state: RolloutState;
  /** `ipvsadm -Sn`. */
  readonly table: string;
  /** Differences between the table and what the journal on disk says, whatever it only intends aside. */
  readonly drift: readonly Drift[];
  /** The same with every intent taken for one that came to nothing. */
  readonly strictDrift: readonly Drift[];
  /** ipvsadm processes so far. */
  readonly calls: number;
  /** Processes, and time, from the first fault on. */
  readonly callsSinceFault: number;
  readonly msSinceFault: number;
}

export interface FaultyRollout {
  /** With faults, to its end. */
  run(): Promise<Stand>;
  /** Without faults, from the journal that is there. */
  resume(): Promise<Stand>;
  readonly before: string;
  readonly simulation: Simulation;
  readonly entries: readonly JournalEntry[];
  /** The table when a journal write first failed. */
  tableAtLostWrite(): string | undefined;
  /** The lowest total weight that a service ever had between two lines. */
  lowestTotal(): number;
}

/** A rollout on a simulated director whose ipvsadm and whose journal fail where they are told to. */
export async function openFaultyRollout(options: FaultyRolloutOptions): Promise<FaultyRollout> {
  const entries: JournalEntry[] = [];
  let calls = 0;
  let writes = 0;
  let faulty = false;
  let firstFault: { readonly call: number; readonly atMs: number } | undefined;
  let tableAtLostWrite: string | undefined;
  let lowestTotal = Number.POSITIVE_INFINITY;

  const simulation: Simulation = createSimulatedIpvsadm({
    ...options.simulation,
    faults: ({ args, stdin, nowMs }) => {
      const run = (lines: string) => runLineByLine(simulation, args, lines, watch);
      const kind = faulty ? options.faults?.(calls, stdin) : undefined;
      calls++;
      if (!kind) return run(stdin);
      firstFault ??= { call: calls - 1, atMs: nowMs };
      return faultyAnswer(kind, { stdin, run });
    },
  });
  const watch = (): void => {
    for (const service of simulation.kernel.table.services) {
      const total = service.servers.reduce((sum, server) => sum + server.weight, 0);
      lowestTotal = Math.min(lowestTotal, total);
    }
  };
  const { clock } = simulation;
  const director = createDirector({
    name: 'sim',
    runner: simulation.runner,
    nowMs: () => simulation.clock.nowMs(),
  });
  const journal = {
    async append(...added: readonly JournalEntry[]): Promise<Result<void>> {
      // All entries of an append stand or fall with the first that does.
      const ofEach = added.map((_, index) => options.writeFaults?.(writes + index));
      const kind = faulty ? ofEach.find(Boolean) : undefined;
      writes += added.length;
      if (kind !== 'is-lost') entries.push(...added);
      if (!kind) return ok(undefined);
      tableAtLostWrite ??= textOf(simulation);
      return fail({ kind: 'preflight', what: 'the disk is full' });
    },
  };

  const snapshot = await director.snapshot();
  if (!snapshot.ok) throw new Error(snapshot.failure.what);
  const { plan, diagnostics } = buildPlan(request(options.sketch), [
    { director: 'sim', snapshot: snapshot.value },
  ]);
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const before = textOf(simulation);
  const access = [{ director: 'sim', where: 'sim', ipvsadm: 'ipvsadm' }];
  const opened = await openRollout('faulty', plan, access, { journal, clock });
  if (!opened.ok) throw new Error(opened.failure.what);

  const play = async (
    state: RolloutState,
    { stopAfterMs, resuming }: { stopAfterMs?: number | undefined; resuming?: Resuming } = {},
  ): Promise<Stand> => {
    let requested: StopRequest | undefined;
    const controller = new AbortController();
    if (stopAfterMs !== undefined) {
      simulation.at(clock.nowMs() + stopAfterMs, () => {
        requested = { signal: 'sigint', again: false };
        controller.abort();
      });
    }
    const never = new AbortController().signal;
    const end = await conductRollout(
      {
        journal,
        clock,
        directors: new Map([['sim', director]]),
        emit: () => {},
        inbox: { take: async () => undefined, async settle() {} },
        stop: {
          requested: () => requested,
          signal: () => (requested ? never : controller.signal),
        },
      },
      state,
      resuming,
    );
    faulty = false;
    const until = { calls, ms: clock.nowMs() };
    const written = foldJournal(entries);
    return {
      end,
      state: written,
      table: textOf(simulation),
      ...(await driftOf(written)),
      calls: until.calls,
      callsSinceFault: firstFault ? until.calls - firstFault.call : 0,
      msSinceFault: firstFault ? until.ms - firstFault.atMs : 0,
    };
  };

  const driftOf = async (state: RolloutState) => {
    const [directorPlan] = plan.directors;
    if (!directorPlan) throw new Error('a plan without a director');
    const listed = await director.sample(directorPlan.services.map(({ service }) => service));
    if (!listed.ok) throw new Error(listed.failure.what);
    const live = new Map(listed.value.map((sample) => [sample.service, sample]));
    const known = directorState(state, directorPlan);
    return {
      drift: findDrift(directorPlan, known, live),
      strictDrift: findDrift(directorPlan, { ...known, intended: [] }, live),
    };
  };

  return {
    before,
    simulation,
    entries,
    tableAtLostWrite: () => tableAtLostWrite,
    lowestTotal: () => lowestTotal,
    run() {
      calls = 0;
      writes = 0;
      faulty = true;
      return play(opened.value, { stopAfterMs: options.stopAfterMs });
    },
    async resume() {
      await clock.sleepUntil(clock.nowMs() + 5_000);
      return play(foldJournal(entries), { resuming: 'forward' });
    },
  };
}

/** `-R` line by line, as it is, with a look at the table after each. */
function runLineByLine(
  simulation: Simulation,
  args: readonly string[],
  stdin: string,
  afterLine: () => void,
): Exited {
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  for (const line of stdin.split('\n').filter((one) => one !== '')) {
    const result = simulation.ipvsadm(args, `${line}\n`);
    if (result.kind !== 'exited') throw new Error(result.kind);
    if (isEdit(line)) afterLine();
    stdout += result.stdout;
    stderr += result.stderr;
    exitCode = result.exitCode;
  }
  return { kind: 'exited', exitCode, stdout, stderr };
}
