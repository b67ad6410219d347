import { readText } from '../../../config/files/checked-file.ts';
import { looksCompiled } from '../../../config/files/compiled-plan.ts';
import { parsePlanFile, withoutStart } from '../../../config/files/plan-file.ts';
import { type GivenOptions, layered, textOf } from '../../../config/options/options.ts';
import { readReason } from '../../../config/settings/reason.ts';
import { exitCodeOf, type Failure, fail } from '../../../domain/failure.ts';
import { printable } from '../../../domain/printable.ts';
import { checkBaseline } from '../../../rollout/journal/open.ts';
import { audienceOf } from '../../audience.ts';
import type { RunCommand } from '../../command-line/command.ts';
import type { Environment } from '../../environment.ts';
import { orRefuse, Refusal } from '../../refusal.ts';
import { compile } from '../hand-over.ts';
import { out } from '../rows.ts';
import { planOf, planOfCompiled } from './file-plan.ts';
import { showPlan } from './show-plan.ts';

/** `drain plan [FILE]`: shows the steps, and with `-o` saves the compiled plan. Changes nothing. */
export const run: RunCommand = async (env, { given, operands: [file] }) => {
  if (file === undefined) {
    const reason = orRefuse(readReason(given), given);
    const { planned, ...place } = await compile(env, given);
    return showPlan(env, planned, { ...place, given, reason });
  }
  const read = await readText(file, { obeyed: 'named' });
  const isServer = !read.ok && hasServers(given);
  const text = orRefuse(isServer ? fail({ next: withCommas, ...read.failure }) : read, given);
  return looksCompiled(text)
    ? showCompiled(env, given, { file, text })
    : showPlanFile(env, given, { file, text });
};

const hasServers = (given: GivenOptions): boolean =>
  [given.get('from'), given.get('to')].some((option) => option?.layer === 'command-line');

const withCommas = 'several servers of one option have commas between them: --from A,B';

interface PlanText {
  readonly file: string;
  readonly text: string;
}

/** Each rollout of the file on the table as it is now, before any of the others. */
async function showPlanFile(
  env: Environment,
  given: GivenOptions,
  { file, text }: PlanText,
): Promise<number> {
  const plans = orRefuse(parsePlanFile(text, file), given).map((plan, index) =>
    layered(index === 0 ? given : withoutStart(given), plan),
  );
  const saveAs = textOf(given, out.name);
  if (saveAs !== undefined && plans.length > 1) {
    throw new Refusal([{ ...oneAtATime, where: printable(file) }], given);
  }
  for (const [index, options] of plans.entries()) {
    const { config, tools, plan } = await planOf(env, options);
    if (plans.length > 1 && tools.output !== 'json') {
      env.out(`${index === 0 ? '' : '\n'}rollout ${index + 1} of ${plans.length}:\n`);
    }
    const planned = orRefuse(await plan(env), options);
    const reason = orRefuse(readReason(options), options);
    const exitCode = await showPlan(env, planned, { config, tools, given, reason });
    if (exitCode !== 0) return exitCode;
  }
  return 0;
}

const oneAtATime: Failure = {
  kind: 'usage',
  what: 'a compiled plan is one rollout, and the file has several',
  next: 'leave -o out, or write the rollout into a file of its own',
};

/** A plan that the table has gone on from is shown, and refused as `drain apply` would refuse it. */
async function showCompiled(
  env: Environment,
  given: GivenOptions,
  file: PlanText,
): Promise<number> {
  const { config, planned, tools, given: all } = await planOfCompiled(env, given, file);
  const reason = orRefuse(readReason(all), all);
  const exitCode = await showPlan(env, planned, { config, tools, given, reason });
  const baseline = await checkBaseline(planned.plan, planned.opened.directors);
  if (baseline.ok || exitCode !== 0) return exitCode;
  audienceOf(env, { tools, given, actor: await env.who() }).note({
    kind: 'refused',
    ...baseline.failure,
  });
  return exitCodeOf(baseline.failure.failure.kind);
}
