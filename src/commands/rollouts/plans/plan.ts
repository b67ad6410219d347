import { resolve } from 'node:path';
import { readText } from '../../../config/files/checked-file.ts';
import { looksCompiled } from '../../../config/files/compiled-plan.ts';
import { parsePlanFile, withoutStart } from '../../../config/files/plan-file.ts';
import { type GivenOptions, isOn, layered, textOf } from '../../../config/options/options.ts';
import { readReason } from '../../../config/settings/reason.ts';
import type { ToolSettings } from '../../../config/settings/settings.ts';
import type { PlannedRollout } from '../../../control/apply/planned-rollout.ts';
import { askGatesOnce } from '../../../control/conduct/ask-once.ts';
import { gateWarnings } from '../../../control/conduct/gates-for.ts';
import { timeWarnings } from '../../../control/conduct/times/time-warnings.ts';
import { stampEvent } from '../../../domain/events/event.ts';
import { exitCodeOf, type Failure, fail } from '../../../domain/failure.ts';
import { isSimulated } from '../../../domain/places/director-access.ts';
import { printable } from '../../../domain/printable.ts';
import { type CompiledPlan, compiledVersion, type Plan } from '../../../domain/rollout/plan.ts';
import { rolloutId } from '../../../domain/rollout/rollout-id.ts';
import { commandText } from '../../../domain/rollout/rollout-status.ts';
import { answerLines } from '../../../reporters/plan/answer-lines.ts';
import { formatPlan } from '../../../reporters/plan/plan-table.ts';
import { plannedEvents } from '../../../rollout/events/planned.ts';
import { checkBaseline } from '../../../rollout/journal/open.ts';
import { audienceOf } from '../../audience.ts';
import { commandsOf } from '../../command-context.ts';
import type { RunCommand } from '../../command-line/command.ts';
import type { Environment } from '../../environment.ts';
import { orRefuse, printFailures, Refusal } from '../../refusal.ts';
import { writeGivenFile } from '../../written-file.ts';
import { compile } from '../hand-over.ts';
import { ask, out } from '../rows.ts';
import { planOf, planOfCompiled } from './file-plan.ts';

/** `drain plan [FILE]`: shows the steps, and with `-o` saves the compiled plan. Changes nothing. */
export const run: RunCommand = async (env, { given, operands: [file] }) => {
  if (file === undefined) {
    const reason = orRefuse(readReason(given), given);
    const { planned, tools } = await compile(env, given);
    return show(env, planned, { tools, given, reason });
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
    const { tools, plan } = await planOf(env, options);
    if (plans.length > 1 && tools.output !== 'json') {
      env.out(`${index === 0 ? '' : '\n'}rollout ${index + 1} of ${plans.length}:\n`);
    }
    const planned = orRefuse(await plan(env), options);
    const reason = orRefuse(readReason(options), options);
    const exitCode = await show(env, planned, { tools, given, reason });
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
  const { planned, tools, given: all } = await planOfCompiled(env, given, file);
  const reason = orRefuse(readReason(all), all);
  const exitCode = await show(env, planned, { tools, given, reason });
  const baseline = await checkBaseline(planned.plan, planned.opened.directors);
  if (baseline.ok || exitCode !== 0) return exitCode;
  audienceOf(env, { tools, given, actor: await env.who() }).note({
    kind: 'refused',
    ...baseline.failure,
  });
  return exitCodeOf(baseline.failure.failure.kind);
}

/** As wide as a block of code on a page. */
const pageColumns = 100;

interface Showing {
  readonly tools: ToolSettings;
  readonly given: GivenOptions;
  /** The reason that is saved with the plan. */
  readonly reason: string | undefined;
}

async function show(
  env: Environment,
  planned: PlannedRollout,
  { tools, given, reason }: Showing,
): Promise<number> {
  const { plan, estimates, opened } = planned;
  const store = planned.store ?? (await env.openStore(planned.state, opened.access));
  const warnings = [
    ...planned.warnings,
    ...(await gateWarnings(env, plan)),
    ...(await timeWarnings(store, plan, opened)),
  ];
  const told = { diagnostics: warnings, estimates, isSimulated: isSimulated(opened.access) };
  const answers = isOn(given, ask.name) ? await askGatesOnce(env, plan, opened) : undefined;
  if (tools.output === 'json') {
    const nowMs = opened.clock.nowMs();
    const rollout = rolloutId(nowMs);
    for (const body of [...plannedEvents(plan, warnings), ...(answers ?? [])]) {
      env.out(`${JSON.stringify(stampEvent(body, rollout, nowMs))}\n`);
    }
  } else {
    env.out(formatPlan(plan, { ...told, width: env.columns }));
    if (answers) env.out(`\n${answerLines(answers).join('\n')}\n`);
  }
  env.showPlan?.(plan, formatPlan(plan, { ...told, width: pageColumns }));
  const saveAs = textOf(given, out.name);
  if (saveAs === undefined) return 0;
  const failure = await save(saveAs, planned, reason);
  if (failure) return printFailures(env, [failure]);
  env.err(
    `saved; carry it out with: ${commandText(['apply', resolve(saveAs)], commandsOf(tools))}\n`,
  );
  return 0;
}

/** The plan whose weights are carried out to the letter, whatever traffic there is by then. */
const withWeightsAsTheyAre = (plan: Plan): Plan => ({
  ...plan,
  directors: plan.directors.map((director) => ({
    ...director,
    services: director.services.map(({ moving: _, ...service }) => service),
  })),
});

async function save(
  file: string,
  { plan, opened }: PlannedRollout,
  reason: string | undefined,
): Promise<Failure | undefined> {
  const compiled: CompiledPlan = {
    drainPlan: compiledVersion,
    access: opened.access,
    plan: withWeightsAsTheyAre(plan),
    ...(reason === undefined ? {} : { reason }),
  };
  try {
    await writeGivenFile(file, `${JSON.stringify(compiled)}\n`, { mode: 0o600 });
    return undefined;
  } catch (error) {
    return {
      kind: 'usage',
      what: `the plan cannot be saved: ${(error as Error).message}`,
      next: 'give a file in a folder that you may write to',
    };
  }
}
