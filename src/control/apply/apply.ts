import { readText } from '../../config/checked-file.ts';
import { looksCompiled, parseCompiledPlan } from '../../config/compiled-plan.ts';
import { type GivenOptions, layered, optionSpecs } from '../../config/options.ts';
import { parsePlanFile } from '../../config/plan-file.ts';
import { readToolSettings } from '../../config/settings.ts';
import { examinePlan } from '../../planner/diagnose/examine-plan.ts';
import { foreignPlan } from '../../rollout/journal/open.ts';
import { withConfig } from '../compile-plan.ts';
import { runPlan } from '../conduct/run-plan.ts';
import type { Environment } from '../environment.ts';
import { lookAtAll, openFleet, reopenFleet, showsLive } from '../open-fleet.ts';
import { refuse } from '../refuse.ts';
import { applyOptions } from './retire.ts';
import { runSequence } from './sequence.ts';

/**
 * `drain apply FILE`: a plan file in YAML, or a compiled plan, told apart by their first field.
 * `startAt` leaves out what is before that rollout of a list.
 */
export async function applyCommand(
  env: Environment,
  given: GivenOptions,
  file: string,
  startAt?: string,
): Promise<number> {
  const text = await readText(file);
  if (!text.ok) return refuse(env, given, [text.failure]);
  if (looksCompiled(text.value)) return applyCompiled(env, given, file, text.value);
  const planned = parsePlanFile(text.value, file);
  if (!planned.ok) return refuse(env, given, [planned.failure]);
  const [first, ...others] = planned.value.map((plan) => layered(given, plan));
  if (!first) throw new Error('a plan file without a plan');
  if (others.length === 0 && startAt === undefined) return applyOptions(env, first);
  return runSequence(env, [first, ...others], { file, startAt });
}

/** Options that make sense beside a compiled plan: everything else is in it. */
const besideCompiled: readonly string[] = [
  'director',
  'ipvsadm',
  'output',
  'report',
  'config',
  'dryRun',
  'yes',
];

async function applyCompiled(
  env: Environment,
  given: GivenOptions,
  file: string,
  text: string,
): Promise<number> {
  const fixed = optionSpecs.find(({ name }) => given.has(name) && !besideCompiled.includes(name));
  if (fixed) {
    return refuse(env, given, [
      {
        kind: 'usage',
        what: `${fixed.flags.split(' ')[0]} cannot change a compiled plan`,
        where: file,
        next: 'compile it again with drain plan -o',
      },
    ]);
  }
  const compiled = parseCompiledPlan(text, file);
  if (!compiled.ok) return refuse(env, given, [compiled.failure]);
  const { plan, access } = compiled.value;
  const configured = await withConfig(given);
  if (!configured.ok) return refuse(env, given, [configured.failure]);
  const tools = readToolSettings(configured.value.given);
  if (!tools.ok) return refuse(env, given, [tools.failure]);
  const { ipvsadm } = tools.value;
  // Somebody may reach the same directors in another way, from another place.
  const there = given.has('ipvsadm') ? access.map((one) => ({ ...one, ipvsadm })) : access;
  const opened = given.has('director')
    ? await openFleet(env, tools.value, configured.value.config)
    : await reopenFleet(env, there, showsLive(env, tools.value));
  if (!opened.ok) return refuse(env, given, [opened.failure]);
  const foreign = foreignPlan(plan, opened.value.directors);
  if (foreign) return refuse(env, given, [foreign]);
  const tables = await lookAtAll(opened.value.directors);
  if (!tables.ok) return refuse(env, given, [tables.failure]);
  const warnings = examinePlan(plan, tables.value);
  return runPlan(env, { plan, warnings, opened: opened.value, tools: tools.value });
}
