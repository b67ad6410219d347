import type { GivenOptions } from '../config/options.ts';
import { readToolSettings } from '../config/settings.ts';
import { exitCodeOf, type Failure, fail, type Result } from '../domain/failure.ts';
import type { GuardConfig } from '../domain/guard.ts';
import { runGuard } from '../guard/run-guard.ts';
import { createGuardReporter } from '../reporters/guard-reporter.ts';
import { withConfig } from './compile-plan.ts';
import type { Environment } from './environment.ts';
import { beforeTheStart } from './look-at.ts';
import { createFolderReader } from './maintenance-folder.ts';
import { onlyDirector } from './only-director.ts';
import { openFleet } from './open-fleet.ts';
import { tableOf } from './rollout-resources.ts';
import { printFailures } from './run-plan.ts';

/** `drain guard FILE`: runs until it is told to stop. Returns the exit code. */
export async function guardCommand(
  env: Environment,
  given: GivenOptions,
  file: string,
): Promise<number> {
  const configured = await withConfig(given);
  if (!configured.ok) return printFailures(env, [configured.failure]);
  const tools = readToolSettings(configured.value.given);
  if (!tools.ok) return printFailures(env, [tools.failure]);
  const { state, output, directors } = tools.value;
  if (directors[0]?.startsWith('sim')) return printFailures(env, [nothingToAsk]);
  const config = await readGuardFile(env, file);
  if (!config.ok) return printFailures(env, [config.failure]);
  const opened = await openFleet(env, tools.value, configured.value.config);
  if (!opened.ok) return printFailures(env, [opened.failure]);
  const only = onlyDirector(opened.value);
  if (!only.ok) return printFailures(env, [only.failure]);
  const { clock } = opened.value;
  const { director, access } = only.value;
  const ended = await runGuard(
    {
      director,
      clock,
      file,
      store: await env.openStore(state, [access]),
      table: tableOf(access),
      stop: env.listenForStop(),
      random: Math.random,
      createCheck: env.guardChecks.create,
      readFolder: createFolderReader({
        list: env.listHostFiles,
        lookUp: env.lookUp,
        known: configured.value.config.names,
        nowMs: () => clock.nowMs(),
      }),
      readConfig: () => readGuardFile(env, file),
      onReload: env.listenForReload,
      emit: createGuardReporter({ write: env.out }, output === 'json' ? 'json' : 'plain'),
    },
    config.value,
  );
  if (ended.ok) return ended.value;
  const failure = beforeTheStart(ended.failure);
  printFailures(env, [failure]);
  return exitCodeOf(failure.kind);
}

async function readGuardFile(env: Environment, file: string): Promise<Result<GuardConfig>> {
  const { readText } = await import('../config/checked-file.ts');
  const { parseGuardFile } = await import('../config/guard-file.ts');
  const text = await readText(file);
  if (!text.ok) return text;
  const config = parseGuardFile(text.value, file);
  if (!config.ok) return config;
  for (const { service, check } of config.value.services) {
    const examined = await env.guardChecks.examine(check);
    if (examined.ok) continue;
    return fail({ ...examined.failure, where: `${file}, check of ${service}` });
  }
  return config;
}

const nothingToAsk: Failure = {
  kind: 'usage',
  what: 'a simulated director has no servers that a check could ask',
  where: '--director',
  next: 'guard a real one: leave the option out',
};
