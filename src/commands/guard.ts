import type { GivenOptions } from '../config/options.ts';
import type { KnownNames } from '../config/server-names.ts';
import { readToolSettings } from '../config/settings.ts';
import { withConfig } from '../control/compile-plan.ts';
import type { Environment, OpenFleet } from '../control/environment.ts';
import { createFolderReader } from '../control/maintenance-folder.ts';
import { beforeTheStart, openFleet } from '../control/open-fleet.ts';
import { printFailures } from '../control/refuse.ts';
import { exitCodeOf, type Failure, fail, type Result } from '../domain/failure.ts';
import type { GuardConfig } from '../domain/guard.ts';
import { isSimulated, tableOf } from '../domain/rollout-locks.ts';
import type { GuardedDirector } from '../guard/guard-ports.ts';
import { runGuards } from '../guard/run-guards.ts';
import { createGuardReporter } from '../reporters/guard-reporter.ts';

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
  const { state, output } = tools.value;
  const opened = await openFleet(env, tools.value, configured.value.config);
  if (!opened.ok) return printFailures(env, [opened.failure]);
  const { access, clock } = opened.value;
  if (isSimulated(access)) return printFailures(env, [nothingToAsk]);
  const config = await readGuardFile(env, file);
  if (!config.ok) return printFailures(env, [config.failure]);
  const ended = await runGuards(
    {
      directors: guardedDirectors(env, opened.value, configured.value.config.names),
      clock,
      file,
      store: await env.openStore(state, access),
      stop: env.listenForStop(),
      random: Math.random,
      createCheck: env.guardChecks.create,
      readConfig: () => readGuardFile(env, file),
      onReload: env.listenForReload,
      emit: createGuardReporter(
        { write: env.out },
        { form: output === 'json' ? 'json' : 'plain', namesDirector: access.length > 1 },
      ),
    },
    config.value,
  );
  if (ended.ok) return ended.value;
  const failure = beforeTheStart(ended.failure);
  printFailures(env, [failure]);
  return exitCodeOf(failure.kind);
}

/** Each with a folder reader of its own: what a name means is looked up in its table. */
const guardedDirectors = (
  env: Environment,
  { access, directors, clock }: OpenFleet,
  known: KnownNames,
): readonly GuardedDirector[] =>
  access.flatMap((one) => {
    const director = directors.get(one.director);
    if (!director) return [];
    const readFolder = createFolderReader({
      list: env.listHostFiles,
      lookUp: env.lookUp,
      known,
      nowMs: () => clock.nowMs(),
    });
    return [{ director, table: tableOf(one), readFolder }];
  });

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
