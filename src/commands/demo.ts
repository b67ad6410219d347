import { noConfig } from '../config/config.ts';
import type { GivenOption, GivenOptions, OptionName } from '../config/options.ts';
import { runPlan } from '../control/conduct/run-plan.ts';
import { audienceOf } from './audience.ts';
import type { Environment } from './environment.ts';
import { compile } from './hand-over.ts';

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
  const { planned, tools } = await compile(env, given, { config: noConfig, given });
  const audience = audienceOf(env, { tools, given, form: 'demo' });
  return (await runPlan(env, { ...planned, dryRun: false }, audience)).exitCode;
}
