import { readText } from '../../../config/files/checked-file.ts';
import { looksCompiled } from '../../../config/files/compiled-plan.ts';
import { parsePlanFile, withoutStart } from '../../../config/files/plan-file.ts';
import { type GivenOptions, isOn, layered, textOf } from '../../../config/options/options.ts';
import type { ToolSettings } from '../../../config/settings/settings.ts';
import { runPlan } from '../../../control/conduct/run-plan.ts';
import { runSequence, type SequenceItem } from '../../../control/sequence/run.ts';
import type { Failure } from '../../../domain/failure.ts';
import { printable } from '../../../domain/printable.ts';
import { askerOf } from '../../asker.ts';
import { audienceOf } from '../../audience.ts';
import { commandsOf, optionWords } from '../../command-context.ts';
import type { RunCommand } from '../../command-line/command.ts';
import type { Environment } from '../../environment.ts';
import { sayNote } from '../../note-words.ts';
import { orRefuse, Refusal } from '../../refusal.ts';
import { examineReportFile } from '../../report-file.ts';
import { override, startAt } from '../rows.ts';
import { planOf, planOfCompiled } from './file-plan.ts';

/**
 * `drain apply FILE`: a plan file in YAML, or a compiled plan, told apart by their first field.
 * `--start-at` leaves out what is before that rollout of a list.
 */
export const run: RunCommand = async (env, { given, operands: [file = ''] }) => {
  const start = textOf(given, startAt.name);
  const text = orRefuse(await readText(file, { obeyed: 'named' }), given);
  if (looksCompiled(text)) return applyCompiled(env, given, { file, text });
  const plans = orRefuse(parsePlanFile(text, file), given).map((plan, index) =>
    layered(index === firstIndex(start) ? given : withoutStart(given), plan),
  );
  const [first, ...others] = plans;
  if (!first) throw new Error('a plan file without a plan');
  if (others.length === 0 && start === undefined) return applyOne(env, first);
  return applySequence(env, [first, ...others], {
    file,
    startAt: start,
    besideFile: besideFile(given),
  });
};

/** The place of the rollout that is begun first. */
const firstIndex = (start: string | undefined): number => Math.max(0, Number(start ?? 1) - 1);

const startsAs = (given: GivenOptions, { dryRun }: ToolSettings) => ({
  dryRun,
  override: isOn(given, override.name),
});

async function applyOne(env: Environment, given: GivenOptions): Promise<number> {
  const { config, tools, plan } = await planOf(env, given);
  const actor = await askerOf(env, given, config);
  const planned = orRefuse(await plan(env), given);
  const audience = audienceOf(env, { tools, given, actor });
  return (await runPlan(env, { ...planned, ...startsAs(given, tools) }, audience)).exitCode;
}

interface SequenceCall {
  readonly file: string;
  readonly startAt: string | undefined;
  /** The options of the command line, for the command that goes on. */
  readonly besideFile: readonly string[];
}

/** Options that hold for the rest of a list as well; state and config are those of every command. */
const besideFile = (given: GivenOptions): readonly string[] =>
  optionWords(given, (name) => ![startAt.name, 'state', 'config', 'dryRun'].includes(name));

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
    const { config, tools, plan, order } = await planOf(env, given);
    const actor = await askerOf(env, given, config);
    orRefuse(await examineReportFile(tools.report), given);
    states.add(tools.state);
    const isJson = tools.output === 'json';
    const audience = {
      ...audienceOf(env, { tools, given, actor }),
      note: sayNote.bind(undefined, env, {
        ...{ given, isJson, file, besideFile },
        commands: commandsOf(tools),
      }),
    };
    const pastFreeze = isOn(given, override.name) ? 'override' : undefined;
    items.push({ order, plan, dryRun: tools.dryRun, pastFreeze, audience });
  }
  if (states.size > 1) throw new Refusal([{ ...severalStates, where: file }], rollouts[0]);
  return (await runSequence(env, items, { file, first: start, count })).exitCode;
}

const severalStates: Failure = {
  kind: 'usage',
  what: 'the rollouts of one file keep their journals in one place, and state names several',
  next: 'write state once, under defaults, or give --state',
};

async function applyCompiled(
  env: Environment,
  given: GivenOptions,
  file: Parameters<typeof planOfCompiled>[2],
): Promise<number> {
  const { config, planned, tools, given: all } = await planOfCompiled(env, given, file);
  const actor = await askerOf(env, all, config);
  const audience = audienceOf(env, { tools, given, actor });
  return (await runPlan(env, { ...planned, ...startsAs(given, tools) }, audience)).exitCode;
}
