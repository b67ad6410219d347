import type { Config } from '../config/config.ts';
import { resolveDirector } from '../config/known-directors.ts';
import type { ToolSettings } from '../config/settings.ts';
import type { DirectorAccess } from '../domain/director-access.ts';
import type { Result } from '../domain/failure.ts';
import { heldDirector } from '../rollout/held-director.ts';
import type { Director, Lock } from '../rollout/ports.ts';
import type { Environment, OpenFleet } from './environment.ts';

/** The directors that `--director` names, through the config file. */
export function openFleet(
  env: Environment,
  tools: ToolSettings,
  { directors }: Pick<Config, 'directors'>,
): Promise<Result<OpenFleet>> {
  const specs = tools.directors.map((text) => resolveDirector(text, directors, tools.ipvsadm));
  return env.openDirectors(specs, { paced: showsLive(env, tools) });
}

/** The directors of a rollout that goes on, or of a compiled plan, as they were reached then. */
export const reopenFleet = (
  env: Environment,
  access: readonly DirectorAccess[],
  paced = false,
): Promise<Result<OpenFleet>> =>
  env.openDirectors(
    access.map(({ director, ...spec }) => ({ ...spec, name: director })),
    { paced },
  );

/** Directors that are edited only while nobody else can have the lock. */
export const heldDirectors = (
  { directors }: Pick<OpenFleet, 'directors'>,
  lock: Pick<Lock, 'heldForMs'>,
): ReadonlyMap<string, Director> =>
  new Map([...directors].map(([name, director]) => [name, heldDirector(director, lock)]));

/** Whether a person watches: then a simulated director takes its time. */
export const showsLive = (env: Environment, tools: ToolSettings): boolean =>
  tools.output === 'tty' || (tools.output === 'auto' && env.stdoutIsTty);
