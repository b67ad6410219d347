import { readText } from '../../config/files/checked-file.ts';
import { looksCompiled, parseCompiledPlan } from '../../config/files/compiled-plan.ts';
import { parsePlanFile } from '../../config/files/plan-file.ts';
import { optionSpecs } from '../../config/options/option-specs.ts';
import { type GivenOptions, isOn, layered, textOf } from '../../config/options/options.ts';
import { readRetirement } from '../../config/settings/retirement-settings.ts';
import { readSettings, type ToolSettings } from '../../config/settings/settings.ts';
import { openCompiled } from '../../control/apply/compiled.ts';
import { planHandOver } from '../../control/apply/hand-over.ts';
import type { PlanFailure, PlannedRollout } from '../../control/apply/planned-rollout.ts';
import { planRetirement } from '../../control/apply/retire.ts';
import { withoutClaims } from '../../control/claims.ts';
import { runPlan } from '../../control/conduct/run-plan.ts';
import type { ControlPorts } from '../../control/ports.ts';
import { orderOf } from '../../control/sequence/order.ts';
import { runSequence, type SequenceItem } from '../../control/sequence/run.ts';
import type { OptionLayer } from '../../domain/around/around.ts';
import type { Failure, Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import type { SequencedOrder } from '../../domain/rollout/sequence.ts';
import { audienceOf, onlookerOf } from '../audience.ts';
import { commandsOf, optionWords } from '../command-context.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { Environment } from '../environment.ts';
import { sayNote } from '../note-words.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { examineReportFile } from '../report-file.ts';
import { readConfigured, readTools, scopeOf } from '../settings.ts';

/**
 * `drain apply FILE`: a plan file in YAML, or a compiled plan, told apart by their first field.
 * `--start-at` leaves out what is before that rollout of a list.
 */
export const run: RunCommand = async (env, { given, operands: [file = ''] }) => {
  const startAt = textOf(given, 'startAt');
  const text = orRefuse(await readText(file, { obeyed: 'named' }), given);
  if (looksCompiled(text)) return applyCompiled(env, given, file, text);
  const plans = orRefuse(parsePlanFile(text, file), given).map((plan) => layered(given, plan));
  const [first, ...others] = plans;
  if (!first) throw new Error('a plan file without a plan');
  if (others.length === 0 && startAt === undefined) return applyOne(env, first);
  return applySequence(env, [first, ...others], { file, startAt, besideFile: besideFile(given) });
};

async function applyOne(env: Environment, given: GivenOptions): Promise<number> {
  const { tools, plan } = await planOf(env, given);
  const planned = orRefuse(await plan(env), given);
  const audience = audienceOf(env, { tools, given });
  return (await runPlan(env, { ...planned, dryRun: tools.dryRun }, audience)).exitCode;
}

interface SequenceCall {
  readonly file: string;
  readonly startAt: string | undefined;
  /** The options of the command line, for the command that goes on. */
  readonly besideFile: readonly string[];
}

/** Options that hold for the rest of a list as well; state and config are those of every command. */
const besideFile = (given: GivenOptions): readonly string[] =>
  optionWords(given, (name) => !['startAt', 'state', 'config', 'dryRun'].includes(name));

async function applySequence(
  env: Environment,
  rollouts: readonly [GivenOptions, ...GivenOptions[]],
  { file, startAt = '1', besideFile }: SequenceCall,
): Promise<number> {
  const count = rollouts.length;
  const start = /^\d{1,6}$/.test(startAt) ? Number(startAt) : 0;
  if (start < 1 || start > count) {
    const what = `--start-at ${printable(startAt)} is none of the ${count} rollouts`;
    throw new Refusal([{ kind: 'usage', what, where: printable(file) }], rollouts[0]);
  }
  // A mistake in the last one is better known before the first one has changed anything.
  const items: SequenceItem[] = [];
  const states = new Set<string | undefined>();
  for (const given of rollouts.slice(start - 1)) {
    const { tools, plan, order } = await planOf(env, given);
    orRefuse(await examineReportFile(tools.report), given);
    states.add(tools.state);
    const isJson = tools.output === 'json';
    const audience = {
      ...audienceOf(env, { tools, given }),
      note: sayNote.bind(undefined, env, {
        ...{ given, isJson, file, besideFile },
        commands: commandsOf(tools),
      }),
    };
    items.push({ order, plan, dryRun: tools.dryRun, audience });
  }
  if (states.size > 1) throw new Refusal([{ ...severalStates, where: file }], rollouts[0]);
  return (await runSequence(env, items, { file, first: start, count })).exitCode;
}

const severalStates: Failure = {
  kind: 'usage',
  what: 'the rollouts of one file keep their journals in one place, and state names several',
  next: 'write state once, under defaults, or give --state',
};

interface FilePlan {
  readonly tools: ToolSettings;
  readonly order: SequencedOrder;
  readonly plan: (ports: ControlPorts) => Promise<Result<PlannedRollout, PlanFailure>>;
}

/** A plan of a file: a hand-over, or without `to` servers that are retired. */
async function planOf(env: Environment, given: GivenOptions): Promise<FilePlan> {
  const { config, given: all } = orRefuse(await readConfigured(given), given);
  const place = (tools: ToolSettings) => ({
    scope: scopeOf(tools, config),
    onlooker: onlookerOf(env, tools),
  });
  if (isRetirement(given)) {
    const { tools, ...settings } = orRefuse(readRetirement(all), given);
    const at = place(tools);
    const order = orderOf(settings, at.scope);
    return { tools, order, plan: (ports) => planRetirement(ports, settings, at) };
  }
  const { tools, ...settings } = orRefuse(readSettings(all), given);
  const at = place(tools);
  const order = orderOf(settings, at.scope);
  return { tools, order, plan: (ports) => planHandOver(ports, settings, at) };
}

/** A file can leave `to` away; elsewhere it is forgotten too easily for a removal from the table. */
const mayLeaveTo: ReadonlySet<OptionLayer> = new Set(['plan-file', 'config-file']);

/** Whether these options retire a server: `from` is of a file, and nobody gives `to`. */
export function isRetirement(given: GivenOptions): boolean {
  const from = given.get('from');
  return from !== undefined && !given.has('to') && mayLeaveTo.has(from.layer);
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
];

async function applyCompiled(
  env: Environment,
  given: GivenOptions,
  file: string,
  text: string,
): Promise<number> {
  const fixed = optionSpecs.find(({ name }) => given.has(name) && !besideCompiled.includes(name));
  if (fixed) throw new Refusal([cannotChange(fixed.flags.split(' ')[0] ?? '', file)], given);
  const { plan, access } = orRefuse(parseCompiledPlan(text, file), given);
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
  const planned = orRefuse(await withoutClaims(env, opened, { force }), given);
  const audience = audienceOf(env, { tools, given });
  return (await runPlan(env, { ...planned, force, dryRun: tools.dryRun }, audience)).exitCode;
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
