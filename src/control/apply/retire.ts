import type { GivenOptions } from '../../config/options.ts';
import { readRetirement } from '../../config/retirement-settings.ts';
import { resolveServers } from '../../config/server-names.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type { Plan } from '../../domain/plan.ts';
import { buildMaintenance } from '../../planner/maintenance/build-maintenance.ts';
import {
  asFailure,
  type CompiledRequest,
  type CompileFailure,
  isError,
  servicesOfAll,
  withConfig,
} from '../compile-plan.ts';
import { runPlan } from '../conduct/run-plan.ts';
import { drainCommand } from '../drain.ts';
import type { Environment } from '../environment.ts';
import { lookAtAll, openFleet } from '../open-fleet.ts';
import { refuse } from '../refuse.ts';

/** A plan of a file: a hand-over, or without `to` a server that is retired. */
export async function applyOptions(env: Environment, given: GivenOptions): Promise<number> {
  if (!isRetirement(given)) return drainCommand(env, given);
  const compiled = await compileRetirement(env, given);
  return compiled.ok ? runPlan(env, compiled.value) : refuse(env, given, compiled.failure);
}

/**
 * Only a file can leave `to` away: on the command line it is forgotten too easily for something that
 * takes a server out of the table.
 */
export const isRetirement = (given: GivenOptions): boolean =>
  !given.has('to') && given.has('from') && given.get('from')?.where.startsWith('--') === false;

async function compileRetirement(
  env: Environment,
  given: GivenOptions,
): Promise<Result<CompiledRequest, CompileFailure>> {
  const configured = await withConfig(given);
  if (!configured.ok) return fail([configured.failure]);
  const settings = readRetirement(configured.value.given);
  if (!settings.ok) return fail([settings.failure]);
  const { from, tools, ramp, policy, services, gates } = settings.value;
  const opened = await openFleet(env, tools, configured.value.config);
  if (!opened.ok) return fail([opened.failure]);
  const tables = await lookAtAll(opened.value.directors);
  if (!tables.ok) return fail([tables.failure]);
  const held = servicesOfAll(tables.value);
  const servers = [];
  for (const name of from) {
    const { names } = configured.value.config;
    const found = await resolveServers(name, names, env.lookUp, held);
    if (!found.ok) return fail([found.failure]);
    servers.push(...found.value);
  }
  const selected = services ? { services } : {};
  const built = buildMaintenance(
    { direction: 'out', servers, ramp, policy, force: false, ...selected },
    tables.value.map((table) => ({ ...table, remembered: [] })),
  );
  const errors = built.diagnostics.filter(isError);
  if (!built.plan) return fail(errors.map(asFailure));
  // As `drain out`, but for good: what it had before is of no use to anybody.
  const plan: Plan = { ...built.plan, policy, ...(gates ? { gates } : {}) };
  const warnings = built.diagnostics.filter(({ code }) => code !== 'weight-unknown');
  return ok({ plan, warnings, opened: opened.value, tools });
}
