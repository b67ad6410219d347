import { type AroundSettings, readAroundSettings } from '../../config/around-settings.ts';
import type { GivenOptions } from '../../config/options.ts';
import { readConfig } from '../../config/read-config.ts';
import type { AroundRecord } from '../../domain/around.ts';
import { batchesOf } from '../../domain/batches.ts';
import { exitCodeOf, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { rolloutId } from '../../domain/rollout-id.ts';
import { serverText, wordsFor } from '../../domain/server-command.ts';
import { aroundServers } from '../../planner/maintenance/around-servers.ts';
import { checkBatches } from '../../planner/maintenance/check-batches.ts';
import { asFailure, servicesOfAll } from '../compile-plan.ts';
import { withMarks } from '../conduct/marks.ts';
import type { Environment } from '../environment.ts';
import { type MaintenanceRun, startMaintenance } from '../maintenance/prepare.ts';
import { showsLive } from '../open-fleet.ts';
import { refuse } from '../refuse.ts';
import { type AroundCall, type AroundWorld, aroundWorld, keptOptions } from './context.ts';
import { lockAround } from './locks.ts';
import { runAround } from './run.ts';

/**
 * `drain around SERVER… -- COMMAND`: for each batch out, the command for every server of it at the same
 * time, health, in. What would stop a later batch is found before the first is touched.
 */
export async function aroundCommand(
  env: Environment,
  given: GivenOptions,
  call: AroundCall,
): Promise<number> {
  const prepared = await prepare(env, given, call);
  if (!prepared.ok) return refuse(env, given, prepared.failure);
  const { record, run } = prepared.value;
  const { store, opened, settings } = run;
  const { tools } = settings;
  const { around } = record;
  const world = aroundWorld(env, { around, store, opened, tools, given });
  world.emit({ type: 'around-planned', batches: plannedCommands(record) });
  if (tools.dryRun) {
    const message = 'dry run: nothing was changed';
    world.emit({ type: 'finished', outcome: 'done', exitCode: 0, message });
    return 0;
  }
  if (env.interactive && showsLive(env, tools) && !tools.yes && !(await env.ask('Start?'))) {
    env.err('drain: not started, nothing was changed\n');
    return exitCodeOf('usage');
  }
  return begin(world, given, record);
}

async function begin(
  world: AroundWorld,
  given: GivenOptions,
  record: AroundRecord,
): Promise<number> {
  const { env, store } = world;
  const locked = await lockAround(store, record);
  if (!locked.ok) return refuse(env, given, [locked.failure]);
  try {
    const kept = await store.arounds.put(record);
    if (!kept.ok) return refuse(env, given, [kept.failure]);
    return await runAround(world, record);
  } finally {
    await locked.value.release();
  }
}

interface Prepared {
  readonly record: AroundRecord;
  readonly run: MaintenanceRun;
}

/** Everything that can be known to be wrong before the first server is touched. */
async function prepare(
  env: Environment,
  given: GivenOptions,
  call: AroundCall,
): Promise<Result<Prepared, readonly Failure[]>> {
  const config = await readConfig(given.get('config')?.values.at(-1));
  if (!config.ok) return fail([config.failure]);
  const read = readAroundSettings(given, config.value.defaults, call);
  if (!read.ok) return fail([read.failure]);
  const settings = read.value;
  const { command, force, checkTimeout } = call;
  const tools = [...given].filter(([name]) => tooling.includes(name));
  const started = await startMaintenance(env, new Map([...settings.options.out, ...tools]), {
    direction: 'out',
    servers: call.servers,
    force,
  });
  if (!started.ok) return fail([started.failure]);
  const run = started.value;
  const held = servicesOfAll(run.tables);
  const servers = aroundServers(run.servers, command, held, settings.out.services);
  if (!servers.ok) return fail([servers.failure]);
  const batches = batchesOf(servers.value, settings.batch);
  const wrong = await examine(env, run, settings, batches);
  if (wrong.length > 0) return fail(wrong);
  for (const server of servers.value) {
    const [file = ''] = wordsFor(command, server) ?? [];
    if (!(await env.serverCommands.exists(file))) return fail([noCommand(file)]);
  }
  const nowMs = run.opened.clock.nowMs();
  const record: AroundRecord = {
    around: `${rolloutId(nowMs)}-around`,
    startedMs: nowMs,
    access: run.opened.access,
    command,
    force,
    options: { out: keptOptions(settings.options.out), in: keptOptions(settings.options.in) },
    batches: batches.map((members) => ({
      phase: 'waiting',
      servers: members.map((member) => ({ ...member, isCommandDone: false })),
    })),
    ...(checkTimeout === undefined ? {} : { checkTimeout }),
    ...(settings.commandTimeoutMs === undefined
      ? {}
      : { commandTimeoutMs: settings.commandTimeoutMs }),
  };
  return ok({ record, run });
}

const tooling: readonly string[] = ['state', 'output', 'config', 'dryRun', 'yes'];

async function examine(
  env: Environment,
  { store, opened, tables, force }: MaintenanceRun,
  settings: AroundSettings,
  batches: readonly (readonly Parameters<typeof serverText>[0][])[],
): Promise<readonly Failure[]> {
  const remembering = await withMarks(store.marks, opened.access, tables);
  if (!remembering.ok) return [remembering.failure];
  const request = (
    { ramp, policy, services, gates, allowDifferences }: AroundSettings['in'],
    forced: boolean,
  ) => ({
    ramp,
    policy,
    allowDifferences,
    force: forced,
    ...(services ? { services } : {}),
    ...(gates?.check ? { check: gates.check } : {}),
  });
  const { errors, firstIn } = checkBatches(
    batches.map((batch) => batch.map(({ name }) => name)),
    { out: request(settings.out, force), in: request(settings.in, false) },
    remembering.value,
  );
  if (errors.length > 0)
    return errors.map((error) => asFailure({ ...error, ...advice[error.code] }));
  const gates = firstIn ? await env.createGates({ ...firstIn, schedule: [] }) : ok([]);
  return gates.ok ? [] : [gates.failure];
}

/** Where what `drain in` advises is not for `drain around` to do. */
const advice: Readonly<Record<string, { readonly next: string }>> = {
  'weight-unknown': {
    next: 'give it one first with drain in SERVER --weight N, or leave it out',
  },
  'server-gone': {
    next: 'have it forgotten first with drain in SERVER --force, or leave it out',
  },
};

const plannedCommands = ({ batches, command }: AroundRecord) =>
  batches.map(({ servers }) =>
    servers.map((server) => ({
      server: serverText(server),
      command: wordsFor(command, server) ?? [],
    })),
  );

const noCommand = (file: string): Failure => ({
  kind: 'usage',
  what: `COMMAND cannot be run: there is no executable "${file}"`,
  next: 'give its path; it is started by itself, not by a shell',
});
