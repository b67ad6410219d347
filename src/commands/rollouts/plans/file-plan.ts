import { parseCompiledPlan } from '../../../config/files/compiled-plan.ts';
import type { Config } from '../../../config/files/config.ts';
import { readConfigured } from '../../../config/files/read-configured.ts';
import { optionSpecs } from '../../../config/options/option-specs.ts';
import {
  type GivenOption,
  type GivenOptions,
  isOn,
  layered,
} from '../../../config/options/options.ts';
import type { ToolSettings } from '../../../config/settings/settings.ts';
import { openCompiled } from '../../../control/apply/compiled.ts';
import { type GivenPlan, planOfGiven } from '../../../control/apply/given-plan.ts';
import type { PlannedRollout } from '../../../control/apply/planned-rollout.ts';
import { withoutClaims } from '../../../control/claims.ts';
import { scopeOf } from '../../../control/scope.ts';
import type { Failure } from '../../../domain/failure.ts';
import type { Plan } from '../../../domain/rollout/plan.ts';
import { onlookerOf } from '../../audience.ts';
import type { Environment } from '../../environment.ts';
import { orRefuse, Refusal } from '../../refusal.ts';
import { readTools } from '../../settings.ts';

/** A plan of a file: a hand-over, or without `to` servers that are retired, or a move. */
export async function planOf(env: Environment, given: GivenOptions): Promise<GivenPlan> {
  const configured = orRefuse(await readConfigured(given), given);
  return orRefuse(
    planOfGiven(given, configured, (tools) => onlookerOf(env, tools)),
    given,
  );
}

/** Options that make sense beside a compiled plan: everything else is in it. */
const besideCompiled: readonly string[] = [
  'director',
  'ipvsadm',
  'state',
  'output',
  'report',
  'config',
  'dryRun',
  'noCheck',
  'yes',
  'reason',
];

export interface CompiledRollout {
  readonly config: Config;
  readonly planned: PlannedRollout;
  readonly tools: ToolSettings;
  /** The options, with the reason that the plan was compiled with. */
  readonly given: GivenOptions;
}

/** A compiled plan on its directors, with what speaks against it today. Changes nothing. */
export async function planOfCompiled(
  env: Environment,
  given: GivenOptions,
  { file, text }: { readonly file: string; readonly text: string },
): Promise<CompiledRollout> {
  const fixed = optionSpecs.find(({ name }) => given.has(name) && !besideCompiled.includes(name));
  if (fixed) throw new Refusal([cannotChange(fixed.flags.split(' ')[0] ?? '', file)], given);
  const { plan, access, reason } = orRefuse(parseCompiledPlan(text, file), given);
  const { config, tools } = orRefuse(await readTools(given), given);
  const { ipvsadm } = tools;
  const opened = orRefuse(
    await openCompiled(env, {
      plan: isOn(given, 'noCheck') ? unchecked(plan) : plan,
      access: given.has('ipvsadm') ? access.map((one) => ({ ...one, ipvsadm })) : access,
      directors: given.has('director') ? scopeOf(tools, config).directors : undefined,
      state: tools.state,
      onlooker: onlookerOf(env, tools),
    }),
    given,
  );
  const force = isOn(given, 'force');
  const { floors } = config;
  const planned = orRefuse(await withoutClaims(env, opened, { floors, force }), given);
  const kept: GivenOption | undefined =
    reason === undefined ? undefined : { values: [reason], layer: 'plan-file', where: file };
  const all = layered(given, new Map(kept ? [['reason', kept]] : []));
  return { config, planned: { ...planned, force }, tools, given: all };
}

const unchecked = (plan: Plan): Plan => ({
  ...plan,
  policy: { ...plan.policy, skipsConnect: true },
});

const cannotChange = (option: string, file: string): Failure => ({
  kind: 'usage',
  what: `${option} cannot change a compiled plan`,
  where: file,
  next: 'compile it again with drain plan -o',
});
