import { withAct } from '../../domain/actor/acts.ts';
import type { AroundRecord } from '../../domain/around/around.ts';
import { type BatchSize, batchesOf } from '../../domain/around/batches.ts';
import { type AroundServer, serverText, wordsFor } from '../../domain/around/server-command.ts';
import { type CommandWords, strangePlaceholder } from '../../domain/command-words.ts';
import { exitCodeOf, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { hasFloors } from '../../domain/floor/floor.ts';
import type { MaintenanceTerms } from '../../domain/rollout/maintenance.ts';
import { rolloutId } from '../../domain/rollout/rollout-id.ts';
import { examineFloors } from '../../planner/floor/examine-floors.ts';
import { aroundServers } from '../../planner/maintenance/around-servers.ts';
import { checkBatches } from '../../planner/maintenance/check-batches.ts';
import { type PlanFailure, planErrors } from '../apply/planned-rollout.ts';
import { whyRefused } from '../apply/refused-plan.ts';
import type { Audience, Outcome } from '../audience.ts';
import { withMarks } from '../conduct/marks.ts';
import { type Scope, servicesOfAll } from '../fleet.ts';
import { countTables } from '../floor/keep-floors.ts';
import { heedFreeze, type PastFreeze } from '../freeze.ts';
import { forAround } from '../maintenance/for-around.ts';
import { type MaintenanceRun, prepareMaintenance } from '../maintenance/prepare.ts';
import type { ControlPorts } from '../ports.ts';
import { type AroundContext, aroundContext, lockAround } from './context.ts';
import { runAround } from './run.ts';

/** The call of a `drain around`, names still as they were written. */
export interface AroundCall {
  readonly servers: readonly string[];
  readonly command: CommandWords;
  readonly commandTimeoutMs?: number | undefined;
  readonly batch: BatchSize;
  readonly force: boolean;
  readonly pastFreeze?: PastFreeze | undefined;
  readonly out: MaintenanceTerms;
  readonly in: MaintenanceTerms;
  readonly dryRun: boolean;
}

/**
 * `drain around SERVER… -- COMMAND`: for each batch out, the command for every server of it at the same
 * time, health, in. What would stop a later batch is found before the first is touched.
 */
export async function goAround(
  ports: ControlPorts,
  call: AroundCall,
  { scope, audience }: { readonly scope: Scope; readonly audience: Audience },
): Promise<Result<Outcome, PlanFailure>> {
  const place = { scope, onlooker: audience };
  const { servers, out: terms, force, pastFreeze, dryRun } = call;
  const prepared = await prepareMaintenance(
    ports,
    { direction: 'out', servers, terms, force, pastFreeze, dryRun },
    place,
  );
  if (!prepared.ok) return fail([prepared.failure]);
  const run = prepared.value;
  const planned = await planAround(ports, call, run);
  if (!planned.ok) return planned;
  const record = withAct(planned.value, 'started', audience.actor, planned.value.startedMs);
  const context = aroundContext(ports, audience, { ...run, record });
  context.emit({ type: 'around-planned', batches: plannedCommands(record) });
  if (dryRun) {
    const message = 'dry run: nothing was changed';
    context.emit({ type: 'finished', outcome: 'done', exitCode: 0, message });
    return ok({ kind: 'dry-run', exitCode: 0 });
  }
  if (!(await audience.confirm())) {
    audience.note({ kind: 'not-confirmed' });
    return ok({ kind: 'not-confirmed', exitCode: exitCodeOf('usage') });
  }
  return begin(context, record);
}

async function begin(
  context: AroundContext,
  record: AroundRecord,
): Promise<Result<Outcome, PlanFailure>> {
  const { store, opened, audience, pastFreeze: past } = context;
  const locked = await lockAround(store, record, audience.actor);
  if (!locked.ok) return fail([locked.failure]);
  try {
    const unfrozen = await heedFreeze(store, opened, past);
    if (!unfrozen.ok) return fail([unfrozen.failure]);
    const kept = await store.arounds.put(record);
    if (!kept.ok) return fail([kept.failure]);
    return ok({ kind: 'several', exitCode: await runAround(context, record) });
  } finally {
    await locked.value.release();
  }
}

/** The record of an around, and everything that can be known to be wrong before the first server is touched. */
async function planAround(
  ports: ControlPorts,
  call: AroundCall,
  run: MaintenanceRun,
): Promise<Result<AroundRecord, PlanFailure>> {
  const { command, force } = call;
  const strange = strangePlaceholder(command, ['server', 'address', 'port', 'container']);
  if (strange !== undefined) return fail([strangeWord(strange)]);
  const held = servicesOfAll(run.tables);
  const servers = aroundServers(run.servers, command, held, call.out.services);
  if (!servers.ok) return fail([servers.failure]);
  const contained = await withContainers(ports, command, servers.value);
  if (!contained.ok) return fail([contained.failure]);
  const batches = batchesOf(contained.value, call.batch);
  const wrong = await examine(ports, call, { run, batches });
  if (wrong.length > 0) return fail(wrong);
  for (const server of contained.value) {
    const [file = ''] = wordsFor(command, server) ?? [];
    if (!(await ports.serverCommands.exists(file))) return fail([noCommand(file)]);
  }
  const nowMs = run.opened.clock.nowMs();
  return ok({
    around: `${rolloutId(nowMs)}-around`,
    startedMs: nowMs,
    access: run.opened.access,
    command,
    force,
    ...(hasFloors(run.floors) ? { floors: run.floors } : {}),
    terms: { kind: 'settings', out: call.out, in: call.in },
    batches: batches.map((members) => ({
      phase: 'waiting',
      servers: members.map((member) => ({ ...member, isCommandDone: false })),
    })),
    ...(call.commandTimeoutMs === undefined ? {} : { commandTimeoutMs: call.commandTimeoutMs }),
  });
}

/** The servers with the names of their containers, where the command says `{container}`. */
async function withContainers(
  { containers }: ControlPorts,
  command: CommandWords,
  servers: readonly AroundServer[],
): Promise<Result<readonly AroundServer[]>> {
  if (!containers || !command.some((word) => word.includes('{container}'))) return ok(servers);
  const named: AroundServer[] = [];
  for (const server of servers) {
    const name = await containers.nameAt(server.address);
    if (!name.ok) return name;
    named.push({ ...server, container: name.value });
  }
  return ok(named);
}

const strangeWord = (placeholder: string): Failure => ({
  kind: 'usage',
  what: `COMMAND holds ${placeholder}`,
  next: 'there are {server}, {address}, {port} and {container}; braces of its own belong into a script',
});

async function examine(
  ports: ControlPorts,
  { out, in: back }: AroundCall,
  {
    run: { store, opened, tables, floors, force },
    batches,
  }: { readonly run: MaintenanceRun; readonly batches: readonly (readonly AroundServer[])[] },
): Promise<readonly Failure[]> {
  const remembering = await withMarks(store, opened.access, tables);
  if (!remembering.ok) return [remembering.failure];
  const { errors, firstIn, outs } = checkBatches(
    batches.map((batch) => batch.map(({ name }) => name)),
    { out: { ...out, force }, in: { ...back, force: false } },
    remembering.value,
  );
  if (errors.length > 0) return whyRefused(store, opened.access, errors.map(forAround));
  const counted = hasFloors(floors) ? await countTables(store, opened.access, tables) : ok([]);
  if (!counted.ok) return [counted.failure];
  const below = outs.flatMap((plan) =>
    planErrors(examineFloors(plan, counted.value, { floors, force }).diagnostics),
  );
  if (below.length > 0) return below;
  const gates = firstIn ? await ports.createGates({ ...firstIn, schedule: [] }) : ok([]);
  return gates.ok ? [] : [gates.failure];
}

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
