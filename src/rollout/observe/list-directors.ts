import type { ServiceKey } from '../../domain/address.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { ConnectionTable, ServiceSample, Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import type { Clock, Director } from '../ports.ts';
import { withoutLost } from '../state/director-state.ts';
import { directorPlan, type RolloutState } from '../state/rollout-state.ts';
import { withArrivals } from './arrivals.ts';
import type { DrainWatch } from './drain-verdict.ts';
import { withGot } from './got-connections.ts';
import { type ConnectionTables, judgeDraining } from './judge-draining.ts';
import { sampleEveryMs } from './managed-edits.ts';
import {
  afterFailure,
  afterSuccess,
  type LiveDirector,
  nextOnGrid,
  type Observation,
  probeEveryMs,
  withDirector,
} from './observation.ts';

/**
 * The view of the engine: all directors (lost ones too), the clock, the state and what was seen.
 */
export interface EngineView {
  readonly directors: ReadonlyMap<string, Director>;
  readonly clock: Clock;
  readonly state: RolloutState;
  readonly seen: Observation;
}

/** A new observation and what to tell the world about it. */
export interface Observed {
  /** The connection tables, when they were read and no director failed to show its own. */
  readonly tables?: ConnectionTables;
  readonly seen: Observation;
  readonly sampled: readonly {
    readonly director: string;
    readonly services: ReadonlyMap<ServiceKey, ServiceSample>;
  }[];
}

/** The samples to tell of: a watched table is sampled more often than anybody wants to hear. */
export function toldNow(plan: Plan, observed: Observed, nowMs: number): Observed {
  const everyMs = sampleEveryMs(plan);
  const { pollMs } = plan.policy;
  if (everyMs === pollMs) return observed;
  const { sampleToldMs = Number.NEGATIVE_INFINITY } = observed.seen;
  if (nowMs - sampleToldMs < pollMs - everyMs / 2) return { ...observed, sampled: [] };
  return { ...observed, seen: { ...observed.seen, sampleToldMs: nowMs } };
}

/** Lists the rollout's services with all attributes: what an edit is computed from. */
export async function observeDirectors(
  world: EngineView,
  names: readonly string[],
): Promise<Observed> {
  const observed = await list(world, names, async (director, services) => {
    const listed = await director.snapshot(services);
    return listed.ok ? ok({ services: listed.value.samples, table: listed.value }) : listed;
  });
  const isSample = names.length === countingNames(world).length;
  if (!isSample || world.state.phase.kind === 'draining') return observed;
  // On a ramp a sample that would follow soon is left out.
  const pollMs = sampleEveryMs(world.state.plan);
  const nextPollMs = nextOnGrid(observed.seen.nextPollMs, pollMs, world.clock.nowMs() + pollMs / 2);
  return { ...observed, seen: { ...observed.seen, nextPollMs } };
}

/** Samples weights and counters only: cheap enough for every poll. */
export const sampleDirectors = (world: EngineView): Promise<Observed> =>
  list(world, countingNames(world), async (director, services) => {
    const sampled = await director.sample(services);
    return sampled.ok
      ? ok({ services: new Map(sampled.value.map((sample) => [sample.service, sample])) })
      : sampled;
  });

/** Lists as `observeDirectors` does, and reads the connection tables, in one process for each director. */
export const listWithConnections = (world: EngineView): Promise<Observed> =>
  list(world, countingNames(world), async (director, services) => {
    const looked = await director.look(services);
    if (!looked.ok) return looked;
    const { snapshot, connections } = looked.value;
    return ok({ services: snapshot.samples, table: snapshot, connections });
  });

/** Asks whether a lost director answers, and with what table; the result updates what is known. */
export async function probeDirector(
  world: EngineView,
  name: string,
): Promise<(live: LiveDirector) => LiveDirector> {
  const { seen } = await observeDirectors(world, [name]);
  const found = seen.directors.get(name);
  const atMs = world.clock.nowMs() + probeEveryMs;
  return (live) => {
    const { probe: _, ...after } = found ?? live;
    // What an edit failed with is no matter any more once the table has been read.
    const { edit: __, ...troubles } = after.troubles;
    return { ...after, troubles: troubles.listing ? after.troubles : troubles, probe: { atMs } };
  };
}

/** The directors that are listed, sampled and read for the rollout's sake. */
export const countingNames = ({ state }: Pick<EngineView, 'state'>): readonly string[] =>
  withoutLost(state.directors).map(([name]) => name);

async function listWhole(
  director: Director,
  services: readonly ServiceKey[],
): Promise<Result<Listed>> {
  const whole = await director.snapshot();
  if (!whole.ok) return whole;
  const found = services.flatMap((key) => {
    const sample = whole.value.samples.get(key);
    return sample ? [[key, sample] as const] : [];
  });
  return ok({ services: new Map(found), table: whole.value });
}

interface Listed {
  readonly services: ReadonlyMap<ServiceKey, ServiceSample>;
  readonly table?: Snapshot;
  readonly connections?: ConnectionTable;
}

async function list(
  world: EngineView,
  names: readonly string[],
  command: (director: Director, services: readonly ServiceKey[]) => Promise<Result<Listed>>,
): Promise<Observed> {
  const { clock, state } = world;
  const startedMs = clock.nowMs();
  const answers = await Promise.all(
    names.map(async (name) => {
      const director = directorNamed(world, name);
      const services = servicesOf(state, name);
      const part = await command(director, services);
      // ipvsadm ends at a service that has gone and does not say which: the whole table does.
      const gone = !part.ok && part.failure.kind === 'conflict';
      const listed = gone ? await listWhole(director, services) : part;
      const samples = listed.ok && listed.value.table ? [...listed.value.services.values()] : [];
      const tellsChanges = samples.length > 0 && director.stillShows(samples) === true;
      const totals = director.recentTotals();
      return { name, listed, tellsChanges, totals, atMs: clock.nowMs() };
    }),
  );
  let { seen } = world;
  for (const { name, listed, tellsChanges, totals, atMs } of answers) {
    seen = withDirector(seen, name, (live): LiveDirector => {
      if (!listed.ok) return afterFailure(live, 'listing', listed.failure, atMs);
      const { services, table, connections } = listed.value;
      // What a listing before a step takes: it has no connections, and a sample may be no command at all.
      const tookMs = table && !connections ? atMs - startedMs : undefined;
      return {
        ...afterSuccess(live, 'listing', tookMs),
        sample: { atMs, services },
        ...(table ? { tellsChanges, table: { atMs, snapshot: table } } : {}),
        ...(totals ? { got: withGot(live.got, directorPlan(state, name), totals) } : {}),
        ...(table && totals && totals.atMs >= startedMs
          ? { arrivals: withArrivals(live.arrivals, totals) }
          : {}),
      };
    });
  }
  seen = {
    ...seen,
    nextPollMs: nextOnGrid(seen.nextPollMs, sampleEveryMs(state.plan), clock.nowMs()),
  };
  const byDirector = new Map(
    answers.flatMap(({ name, listed }) =>
      listed.ok && listed.value.connections ? [[name, listed.value.connections] as const] : [],
    ),
  );
  const isWhole = answers.length > 0 && byDirector.size === answers.length;
  const tables = isWhole
    ? {
        atMs: startedMs,
        untilMs: Math.max(...answers.map(({ atMs }) => atMs)),
        byDirector,
      }
    : undefined;
  return {
    ...(tables ? { tables } : {}),
    seen: { ...seen, watches: judgeDraining(state, seen, tables) },
    sampled: answers.flatMap(({ name, listed }) =>
      listed.ok ? [{ director: name, services: listed.value.services }] : [],
    ),
  };
}

export function directorNamed(world: Pick<EngineView, 'directors'>, name: string): Director {
  const director = world.directors.get(name);
  if (!director) throw new Error(`no director ${name}`);
  return director;
}

const servicesOf = (state: RolloutState, name: string): readonly ServiceKey[] =>
  state.plan.directors
    .filter(({ director }) => director === name)
    .flatMap(({ services }) => services.map(({ service }) => service));

/** The part of the time that reading the connection table may cost beyond any other command. */
const lookShare = 0.1;
/** Entries that take no time to read: if so few took long, the machine was busy for once. */
const fewConnections = 10_000;

/** Reads the connection tables, with a listing for the edit that may follow, and judges again. */
export async function readConnections(world: EngineView): Promise<Observed> {
  const { clock, state } = world;
  const startedMs = clock.nowMs();
  const observed = await listWithConnections(world);
  const { seen, tables } = observed;
  const usualMs = Math.max(...[...seen.directors.values()].map((live) => live.commandMs));
  const extraMs = Math.max(0, clock.nowMs() - startedMs - usualMs);
  const isShort = tables && mostEntries(tables) <= fewConnections;
  const restMs = Math.max(state.plan.policy.pollMs, isShort ? 0 : extraMs / lookShare);
  // Where one director said nothing, its connections are not known to be still open.
  const openMs = tables ? openForS([...seen.watches.values()]) * 1_000 : 0;
  return {
    ...observed,
    seen: { ...seen, nextConnectionsMs: startedMs + Math.max(restMs, openMs) },
  };
}

const mostEntries = ({ byDirector }: ConnectionTables): number =>
  Math.max(...[...byDirector.values()].map(({ entries }) => entries.length));

/** Seconds in which no reading can find a server empty that the counters do not show as empty. */
function openForS(watches: readonly DrainWatch[]): number {
  const open = watches
    .filter(({ verdict }) => verdict.kind !== 'drained')
    .map(({ verdict, openConnections }) =>
      verdict.kind === 'draining' ? (openConnections?.openForS ?? 0) : 0,
    );
  return open.length === 0 ? 0 : Math.min(...open);
}
