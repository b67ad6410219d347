import { resolve } from 'node:path';
import { textOf } from '../../config/options/options.ts';
import type { PlannedRollout } from '../../control/apply/planned-rollout.ts';
import { stampEvent } from '../../domain/events/event.ts';
import type { Failure } from '../../domain/failure.ts';
import { isSimulated } from '../../domain/places/director-access.ts';
import { type CompiledPlan, compiledVersion, type Plan } from '../../domain/rollout/plan.ts';
import { rolloutId } from '../../domain/rollout/rollout-id.ts';
import { commandText } from '../../domain/rollout/rollout-status.ts';
import { formatPlan } from '../../reporters/plan/plan-table.ts';
import { plannedEvents } from '../../rollout/events/planned.ts';
import { commandsOf } from '../command-context.ts';
import type { RunCommand } from '../command-line/command.ts';
import { printFailures } from '../refusal.ts';
import { writeGivenFile } from '../written-file.ts';
import { compile } from './hand-over.ts';

/** `drain plan`: shows the steps, and with `-o` saves the compiled plan. Changes nothing. */
export const run: RunCommand = async (env, { given }) => {
  const saveAs = textOf(given, 'out');
  const { planned, tools } = await compile(env, given);
  const { plan, warnings, estimates, opened } = planned;
  if (tools.output === 'json') {
    const nowMs = opened.clock.nowMs();
    const rollout = rolloutId(nowMs);
    for (const body of plannedEvents(plan, warnings)) {
      env.out(`${JSON.stringify(stampEvent(body, rollout, nowMs))}\n`);
    }
  } else {
    const { columns: width } = env;
    const told = {
      diagnostics: warnings,
      estimates,
      width,
      isSimulated: isSimulated(opened.access),
    };
    env.out(formatPlan(plan, told));
  }
  if (saveAs === undefined) return 0;
  const failure = await save(saveAs, planned);
  if (failure) return printFailures(env, [failure]);
  env.err(
    `saved; carry it out with: ${commandText(['apply', resolve(saveAs)], commandsOf(tools))}\n`,
  );
  return 0;
};

/** The plan whose weights are carried out to the letter, whatever traffic there is by then. */
const withWeightsAsTheyAre = (plan: Plan): Plan => ({
  ...plan,
  directors: plan.directors.map((director) => ({
    ...director,
    services: director.services.map(({ moving: _, ...service }) => service),
  })),
});

async function save(file: string, { plan, opened }: PlannedRollout): Promise<Failure | undefined> {
  const compiled: CompiledPlan = {
    drainPlan: compiledVersion,
    access: opened.access,
    plan: withWeightsAsTheyAre(plan),
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
