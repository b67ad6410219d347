import { resolve } from 'node:path';
import type { Config } from '../../../config/files/config.ts';
import { type GivenOptions, isOn, textOf } from '../../../config/options/options.ts';
import type { ToolSettings } from '../../../config/settings/settings.ts';
import type { PlannedRollout } from '../../../control/apply/planned-rollout.ts';
import { askGatesOnce } from '../../../control/conduct/ask-once.ts';
import { gateWarnings } from '../../../control/conduct/gates-for.ts';
import { timeWarnings } from '../../../control/conduct/times/time-warnings.ts';
import { stampEvent } from '../../../domain/events/event.ts';
import type { Failure } from '../../../domain/failure.ts';
import { isSimulated } from '../../../domain/places/director-access.ts';
import { type CompiledPlan, compiledVersion, type Plan } from '../../../domain/rollout/plan.ts';
import { rolloutId } from '../../../domain/rollout/rollout-id.ts';
import { commandText } from '../../../domain/rollout/rollout-status.ts';
import { answerLines } from '../../../reporters/plan/answer-lines.ts';
import { formatPlan } from '../../../reporters/plan/plan-table.ts';
import { plannedEvents } from '../../../rollout/events/planned.ts';
import { commandsOf } from '../../command-context.ts';
import type { Environment } from '../../environment.ts';
import { printFailures } from '../../refusal.ts';
import { writeGivenFile } from '../../written-file.ts';
import { ask, out } from '../rows.ts';

/** As wide as a block of code on a page. */
const pageColumns = 100;

export interface Showing {
  readonly tools: ToolSettings;
  readonly given: GivenOptions;
  readonly config: Pick<Config, 'requireReason'>;
  /** The reason that is saved with the plan. */
  readonly reason: string | undefined;
}

/** Shows a plan with what speaks against it, and saves it where that is asked for. Returns the exit code. */
export async function showPlan(
  env: Environment,
  planned: PlannedRollout,
  { tools, given, config, reason }: Showing,
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
  const words = [
    ...(isOn(given, 'force') ? ['--force'] : []),
    ...(config.requireReason !== undefined && reason === undefined ? ['--reason', 'TEXT'] : []),
  ];
  const command = commandText(['apply', resolve(saveAs), ...words], commandsOf(tools));
  env.err(`saved; carry it out with: ${command}\n`);
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
