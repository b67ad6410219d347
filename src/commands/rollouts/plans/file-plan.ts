import { parseCompiledPlan } from '../../../config/files/compiled-plan.ts';
import type { Config } from '../../../config/files/config.ts';
import { optionSpecs } from '../../../config/options/option-specs.ts';
import {
  type GivenOption,
  type GivenOptions,
  isOn,
  layered,
} from '../../../config/options/options.ts';
import { isMove, readFileMove } from '../../../config/settings/move-settings.ts';
import { readReason } from '../../../config/settings/reason.ts';
import { readRetirement } from '../../../config/settings/retirement-settings.ts';
import { readSettings, type ToolSettings } from '../../../config/settings/settings.ts';
import { openCompiled } from '../../../control/apply/compiled.ts';
import { planHandOver } from '../../../control/apply/hand-over.ts';
import { planMove } from '../../../control/apply/move.ts';
import type { PlanFailure, PlannedRollout } from '../../../control/apply/planned-rollout.ts';
import { planRetirement } from '../../../control/apply/retire.ts';
import { withoutClaims } from '../../../control/claims.ts';
import type { ControlPorts } from '../../../control/ports.ts';
import { orderOf } from '../../../control/sequence/order.ts';
import type { OptionLayer } from '../../../domain/around/around.ts';
import type { Failure, Result } from '../../../domain/failure.ts';
import type { Plan } from '../../../domain/rollout/plan.ts';
import type { SequencedOrder } from '../../../domain/rollout/sequence.ts';
import { onlookerOf } from '../../audience.ts';
import type { Environment } from '../../environment.ts';
import { orRefuse, Refusal } from '../../refusal.ts';
import { readConfigured, readTools, scopeOf } from '../../settings.ts';

/** A rollout of a plan file, which is planned when its turn comes. */
export interface FilePlan {
  readonly config: Config;
  readonly tools: ToolSettings;
  readonly order: SequencedOrder;
  readonly plan: (ports: ControlPorts) => Promise<Result<PlannedRollout, PlanFailure>>;
}

/** A plan of a file: a hand-over, or without `to` servers that are retired, or a move. */
export async function planOf(env: Environment, given: GivenOptions): Promise<FilePlan> {
  const { config, given: all } = orRefuse(await readConfigured(given), given);
  const why = orRefuse(readReason(given), given);
  const reason = why === undefined ? {} : { reason: why };
  const place = (tools: ToolSettings) => ({
    scope: scopeOf(tools, config),
    onlooker: onlookerOf(env, tools),
  });
  if (isMove(given)) {
    const { tools, ...settings } = orRefuse(readFileMove(all), given);
    const at = place(tools);
    const order = { ...orderOf(settings, at.scope), ...reason };
    return { config, tools, order, plan: (ports) => planMove(ports, settings, at) };
  }
  if (isRetirement(given)) {
    const { tools, ...settings } = orRefuse(readRetirement(all), given);
    const at = place(tools);
    const order = { ...orderOf(settings, at.scope), ...reason };
    return { config, tools, order, plan: (ports) => planRetirement(ports, settings, at) };
  }
  const { tools, ...settings } = orRefuse(readSettings(all), given);
  const at = place(tools);
  const order = { ...orderOf(settings, at.scope), ...reason };
  return { config, tools, order, plan: (ports) => planHandOver(ports, settings, at) };
}

/** A file can leave `to` away; elsewhere it is forgotten too easily for a removal from the table. */
const mayLeaveTo: ReadonlySet<OptionLayer> = new Set(['plan-file', 'config-file']);

/** Whether these options retire a server: `from` is of a file, and nobody gives `to`. */
export function isRetirement(given: GivenOptions): boolean {
  const from = given.get('from');
  return from !== undefined && !isMove(given) && !given.has('to') && mayLeaveTo.has(from.layer);
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
