import { noConfig } from '../config/config.ts';
import type { GivenOption, GivenOptions, OptionName } from '../config/options.ts';
import { compilePlan } from '../control/compile-plan.ts';
import { runPlan } from '../control/conduct/run-plan.ts';
import type { Environment } from '../control/environment.ts';
import { printFailures } from '../control/refuse.ts';

/** `drain demo`: five minutes of blue/green on a simulated director, with the engine that runs in production. */
export async function demoCommand(env: Environment): Promise<number> {
  const option = (value: string): GivenOption => ({ values: [value], where: 'drain demo' });
  const given: GivenOptions = new Map<OptionName, GivenOption>([
    ['director', option('sim')],
    ['from', option('10.0.0.1')],
    ['to', option('10.0.0.2')],
    ['over', option('5m')],
    ['yes', option('true')],
  ]);
  const compiled = await compilePlan(env, given, noConfig);
  if (!compiled.ok) return printFailures(env, compiled.failure);
  return runPlan(env, { ...compiled.value, reporter: 'demo' });
}
