import { parseServerName, type ServerName, type ServiceKey } from '../../src/domain/address.ts';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import type { Result } from '../../src/domain/failure.ts';
import type {
  DrainRequest,
  Plan,
  RampRequest,
  RolloutPolicy,
} from '../../src/domain/rollout/plan.ts';
import type { TimeWindow } from '../../src/domain/time/windows.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import { parseListings } from '../../src/ipvs/ipvsadm-parse.ts';
import { simulatedFacts } from '../../src/ipvs/simulated/kernel.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
  type SimulationOptions,
} from '../../src/ipvs/simulated/simulated-director.ts';
import { samplesOf } from '../../src/ipvs/table/read-table.ts';
import { buildPlan } from '../../src/planner/build-plan.ts';
import type { TimedGate } from '../../src/rollout/gates/gate-state.ts';
import { openRollout } from '../../src/rollout/journal/open.ts';
import { stepEntries } from '../../src/rollout/journal/until.ts';
import type { Clock, Director, Journal, StopRequest } from '../../src/rollout/ports.ts';
import type { ControlRequest } from '../../src/rollout/requests.ts';
import { foldJournal } from '../../src/rollout/state/journal.ts';
import type { RolloutEnd } from '../../src/rollout/state/rollout-state.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { conductRollout } from './conduct-rollout.ts';
import { procTableText } from './proc-table-text.ts';
import { type Reword, reworded, rewordedFailures } from './reworded.ts';

export const defaultPolicy: RolloutPolicy = {
  drainTimeoutMs: 600_000,
  settleMs: 5_000,
  pollMs: 1_000,
  onTimeout: 'hold',
  onFailure: 'rollback',
  onInterrupt: 'hold',
  keep: false,
};

export const server = (text: string): ServerName => {
  const name = parseServerName(text);
  if (!name) throw new Error(`no server name: ${text}`);
  return name;
};

export interface RequestSketch {
  readonly from: string;
  /** `10.0.0.2` or `10.0.0.2=3`. */
  readonly to: string;
  readonly ramp?: Partial<RampRequest>;
  readonly policy?: Partial<RolloutPolicy>;
  readonly services?: readonly string[];
  readonly weight?: number;
  readonly setScheduler?: 'wrr';
  readonly restoreScheduler?: true;
  readonly windows?: readonly TimeWindow[];
}

/** A request written as an operator would: `{ from: '10.0.0.1', to: '10.0.0.2=2,10.0.0.3=1' }`. */
export function request(sketch: RequestSketch): DrainRequest {
  return {
    from: sketch.from.split(',').map(server),
    to: sketch.to.split(',').map((text) => {
      const [name = '', share] = text.split('=');
      return { name: server(name), ...(share ? { share: Number(share) } : {}) };
    }),
    ramp: { overMs: 60_000, everyMs: 5_000, curve: 'linear', ...sketch.ramp },
    policy: { ...defaultPolicy, ...sketch.policy },
    ...(sketch.services ? { services: sketch.services as readonly ServiceKey[] } : {}),
    ...(sketch.weight === undefined ? {} : { weight: sketch.weight }),
    ...(sketch.setScheduler ? { setScheduler: sketch.setScheduler } : {}),
    ...(sketch.restoreScheduler ? { restoreScheduler: sketch.restoreScheduler } : {}),
    ...(sketch.windows ? { windows: sketch.windows } : {}),
  };
}

export interface Played {
  readonly plan: Plan;
  readonly events: readonly DrainEvent[];
  readonly end: RolloutEnd;
  readonly simulation: Simulation;
  /** `ipvsadm -Sn` before and after. */
  readonly before: string;
  readonly after: string;
  /** Arguments and standard input of every ipvsadm process. */
  readonly calls: readonly string[];
  /** When the rollout began. */
  readonly startMs: number;
  /** Goes on after the end, as another process would; `events` and `calls` grow. */
  readonly resume: (how?: ResumeSketch) => Promise<RolloutEnd>;
}

/** The way on of another process: to a part of the ramp, in one step, or back. */
export interface ResumeSketch {
  readonly until?: number;
  readonly promotes?: true;
  readonly back?: true;
}

/** A whole rollout on a simulated director, at full speed. */
export async function playRollout(
  sketch: RequestSketch,
  options: SimulationOptions & {
    /** How long the journal takes to keep an entry. */
    readonly appendMs?: number;
    /** The kernel's own file can be read beside ipvsadm. */
    readonly withProcTable?: boolean;
    /** Says otherwise what failures of the director and entries of the journal say. */
    readonly reword?: Reword;
    /** What the clock on the wall shows then. */
    readonly wallMs?: (nowMs: number) => number;
    /** The time that passes on the director before the table is read, with what `beforehand` sends. */
    readonly beginAfterMs?: number;
  },
  during: (
    simulation: Simulation,
    stop: (request: StopRequest) => void,
    ask: (request: ControlRequest) => void,
  ) => void = () => {},
  gatesOn: (clock: Clock, plan: Plan, director: Director) => readonly TimedGate[] = () => [],
  heard: (event: DrainEvent) => void = () => {},
  beforehand: (simulation: Simulation) => void = () => {},
): Promise<Played> {
  const calls: string[] = [];
  const simulation = createSimulatedIpvsadm({
    ...options,
    faults: (call) => {
      calls.push(call.stdin);
      return options.faults?.(call);
    },
  });
  const { reword } = options;
  const plain = createDirector({
    name: 'sim',
    runner: simulation.runner,
    nowMs: () => simulation.clock.nowMs(),
    ...(options.withProcTable && { readProcTable: () => procTableOf(simulation) }),
    readFacts: async () => simulatedFacts(simulation.kernel.sysctl),
    async setSysctl(name, value) {
      calls.push(`${name}=${value}`);
      const { kernel } = simulation;
      kernel.sysctl = { ...kernel.sysctl, expireNodestConn: value === 1 ? 1 : 0 };
      return { ok: true, value: undefined };
    },
  });
  const director = reword ? rewordedFailures(plain, reword) : plain;
  const saved = (): string => textOf(simulation);
  const before = saved();
  beforehand(simulation);
  const { beginAfterMs = 0 } = options;
  if (beginAfterMs > 0) await simulation.clock.sleepUntil(simulation.clock.nowMs() + beginAfterMs);
  const snapshot = await director.snapshot();
  if (!snapshot.ok) throw new Error(snapshot.failure.what);
  const { plan, diagnostics } = buildPlan(request(sketch), [
    {
      director: 'sim',
      snapshot: snapshot.value,
      // Only a plan that is to set a setting needs to know it.
      ...(sketch.policy?.onTimeout === 'reset' ? { facts: await director.facts() } : {}),
    },
  ]);
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const events: DrainEvent[] = [];
  const { wallMs } = options;
  const clock: Clock = wallMs
    ? {
        nowMs: () => simulation.clock.nowMs(),
        wallMs: () => wallMs(simulation.clock.nowMs()),
        sleepUntil: (timeMs, signal) => simulation.clock.sleepUntil(timeMs, signal),
      }
    : simulation.clock;
  const store = createMemoryStore();
  let requested: StopRequest | undefined;
  let controller = new AbortController();
  during(
    simulation,
    (stop) => {
      requested = stop;
      const last = controller;
      controller = new AbortController();
      last.abort();
    },
    (asked) => void store.ask('test', asked),
  );
  calls.length = 0;
  const created = await store.create('test');
  if (!created.ok) throw new Error(created.failure.what);
  const { appendMs = 0 } = options;
  const journal: Journal = {
    async append(...entries) {
      if (appendMs > 0) await clock.sleepUntil(clock.nowMs() + appendMs, controller.signal);
      return created.value.append(...entries);
    },
    close: () => created.value.close(),
  };
  const access = [{ director: 'sim', where: 'sim', ipvsadm: 'ipvsadm' }];
  const opened = await openRollout('test', plan, access, { journal, clock });
  if (!opened.ok) throw new Error(opened.failure.what);
  const startMs = clock.nowMs();
  const deps = {
    directors: new Map([['sim', director]]),
    journal,
    inbox: store.inbox('test'),
    clock,
    emit: (event: DrainEvent) => {
      events.push(event);
      heard(event);
    },
    stop: { requested: () => requested, signal: () => controller.signal },
    gates: gatesOn(clock, plan, director),
  };
  const resume = async ({ until, promotes, back }: ResumeSketch = {}): Promise<RolloutEnd> => {
    const { journal: again, entries } = unwrap(await store.open('test'));
    const [head, ...rest] = entries;
    const state = foldJournal([head, ...(reword ? reworded(rest, reword) : rest)]);
    requested = undefined;
    return conductRollout(
      { ...deps, journal: again },
      state,
      back ? { back: 'at-once' } : 'forward',
      until === undefined
        ? { change: { promotes } }
        : { found: stepEntries(state, until), change: { terms: { until }, promotes } },
    );
  };
  const end = await conductRollout(deps, opened.value);
  return { plan, events, end, simulation, before, after: saved(), calls, startMs, resume };
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
}

export const textOf = (simulation: Simulation): string => printed(simulation, ['-Sn']);

function procTableOf(simulation: Simulation): string {
  const listing = parseListings(printed(simulation, ['-Ln', '--persistent-conn']));
  return procTableText([...samplesOf(unwrap(listing)).values()]);
}

function printed(simulation: Simulation, args: readonly string[]): string {
  const result = simulation.ipvsadm(args);
  if (result.kind !== 'exited') throw new Error(result.kind);
  return result.stdout;
}
