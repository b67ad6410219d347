import { ok } from '../../../src/domain/failure.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import type { Prng } from '../../../src/ipvs/simulated/prng.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
  type SimulationOptions,
} from '../../../src/ipvs/simulated/simulated-director.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import type { TimedGate } from '../../../src/rollout/gates/gate-state.ts';
import { openRollout } from '../../../src/rollout/journal/open.ts';
import type { Clock } from '../../../src/rollout/ports.ts';
import type { RollbackPace } from '../../../src/rollout/requests.ts';
import { foldJournal, type JournalEntry } from '../../../src/rollout/state/journal.ts';
import type { RolloutEnd } from '../../../src/rollout/state/rollout-state.ts';
import { conductRollout, type Resuming } from '../conduct-rollout.ts';
import { lineByLine } from '../line-by-line.ts';
import { type RequestSketch, request, textOf } from '../simulated-rollout.ts';

/** Thrown where the process would be gone: nothing of it runs on. */
class Killed extends Error {}

export interface KilledRun {
  readonly end: RolloutEnd;
  readonly before: string;
  readonly after: string;
  readonly kills: number;
  readonly entries: readonly JournalEntry[];
  readonly simulation: Simulation;
  /** The lowest total weight that a service ever had between two lines of a batch. */
  readonly lowestTotal: number;
}

export interface KilledOptions {
  readonly sketch: RequestSketch;
  readonly simulation: SimulationOptions;
  readonly prng: Prng;
  /** Kills on the way; 0 is the undisturbed run. */
  readonly kills: number;
  /** From which kill on the rollout goes back instead of on. */
  readonly backFrom?: number;
  /** As a ramp; at once without it. */
  readonly pace?: RollbackPace;
  /** What each process is held against. */
  readonly gatesOn?: (clock: Clock) => readonly TimedGate[];
}

/**
 * A rollout that is killed at random points and resumed until it ends. A point is a journal write or
 * an ipvsadm call; the kill comes before it, or after it took effect and before anybody knows.
 */
export async function playKilled(options: KilledOptions): Promise<KilledRun> {
  const { prng } = options;
  let untilKill = Number.POSITIVE_INFINITY;
  let lowestTotal = Number.POSITIVE_INFINITY;
  /** Counts down to the kill; true when it comes at this point. */
  const isPoint = (): boolean => --untilKill === 0;

  const simulation: Simulation = createSimulatedIpvsadm({
    ...options.simulation,
    faults: (call) => {
      const run = () => lineByLine(simulation.kernel, call, watch);
      if (!isPoint()) return run();
      if (prng.below(2) === 0) run();
      throw new Killed();
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
  const entries: JournalEntry[] = [];
  const journal = {
    async append(...added: readonly JournalEntry[]) {
      const killed = isPoint();
      // A write that was cut short is dropped when the journal is read, as if it had not begun.
      if (!killed || prng.below(2) === 0) entries.push(...added);
      if (killed) throw new Killed();
      return ok(undefined);
    },
  };
  const deps = {
    journal,
    clock,
    directors: new Map([['sim', director]]),
    emit: () => {},
    inbox: { take: async () => undefined, async settle() {} },
    stop: { requested: () => undefined, signal: () => new AbortController().signal },
  };

  const before = textOf(simulation);
  const snapshot = await director.snapshot();
  if (!snapshot.ok) throw new Error(snapshot.failure.what);
  const { plan, diagnostics } = buildPlan(request(options.sketch), [
    { director: 'sim', snapshot: snapshot.value },
  ]);
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const access = [{ director: 'sim', where: 'sim', ipvsadm: 'ipvsadm' }];
  const opened = await openRollout('chaos', plan, access, { journal, clock });
  if (!opened.ok) throw new Error(opened.failure.what);

  let state = opened.value;
  let resuming: Resuming | undefined;
  for (let kills = 0; ; ) {
    untilKill = kills < options.kills ? 1 + prng.below(60) : Number.POSITIVE_INFINITY;
    try {
      const gates = options.gatesOn?.(clock) ?? [];
      const end = await conductRollout({ ...deps, gates }, state, resuming);
      untilKill = Number.POSITIVE_INFINITY;
      return { end, before, after: textOf(simulation), kills, entries, simulation, lowestTotal };
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    kills++;
    untilKill = Number.POSITIVE_INFINITY;
    // The machine is without drain for a while.
    await clock.sleepUntil(clock.nowMs() + prng.below(20_000));
    state = foldJournal(entries);
    const back = kills >= (options.backFrom ?? Number.POSITIVE_INFINITY);
    const goingBack = state.phase.kind === 'rolling-back';
    resuming = back && !goingBack ? { back: options.pace ?? 'at-once' } : 'forward';
  }
}
