import { noConfig } from '../../config/files/config.ts';
import type { GivenOption, GivenOptions, OptionName } from '../../config/options/options.ts';
import { runPlan } from '../../control/conduct/run-plan.ts';
import { audienceOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { compile } from '../rollouts/hand-over.ts';

/** `drain demo`: five minutes of blue/green on a simulated director, with the engine that runs in production. */
export const run: RunCommand = async (env, { given: typed }) => {
  const option = (value: string): GivenOption => ({
    values: [value],
    layer: 'default',
    where: 'drain demo',
  });
  const given: GivenOptions = new Map<OptionName, GivenOption>([
    ['director', option('sim')],
    ['from', option('10.0.0.1')],
    ['to', option('10.0.0.2')],
    ['over', option('5m')],
    ['yes', option('true')],
    ...typed,
  ]);
  const { planned, tools } = await compile(env, given, { config: noConfig, given });
  const form = tools.output === 'auto' ? 'demo' : tools.output;
  const audience = audienceOf(env, { tools, given, form, actor: await env.who() });
  return (await runPlan(env, { ...planned, dryRun: false }, audience)).exitCode;
};
