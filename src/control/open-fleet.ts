import type { Config } from '../config/config.ts';
import { resolveDirector } from '../config/known-directors.ts';
import type { ToolSettings } from '../config/settings.ts';
import type { DirectorAccess } from '../domain/director-access.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { DirectorTable } from '../planner/build-plan.ts';
import { type Director, heldDirector, type Lock } from '../rollout/ports.ts';
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

/** Tables and machines, all at the same time: the preflight takes no longer than the slowest listing. */
export async function lookAtAll(
  directors: ReadonlyMap<string, Director>,
): Promise<Result<readonly DirectorTable[]>> {
  const all = [...directors.values()];
  const looks = await Promise.all(all.map((director) => lookAt(director, all.length > 1)));
  const failed = looks.find((look) => !look.ok);
  if (failed && !failed.ok) return failed;
  return ok(looks.flatMap((look) => (look.ok ? [look.value] : [])));
}

async function lookAt(director: Director, isOneOfSeveral: boolean): Promise<Result<DirectorTable>> {
  const [snapshot, facts, sync] = await Promise.all([
    director.snapshot(),
    director.facts(),
    // One alone has nobody to share connections with.
    isOneOfSeveral ? director.syncDaemons() : undefined,
  ]);
  const unread = [snapshot, sync].find((result) => result && !result.ok);
  if (unread && !unread.ok) return fail(beforeTheStart(unread.failure));
  if (!snapshot.ok) return snapshot;
  return ok({
    director: director.name,
    snapshot: snapshot.value,
    facts,
    ...(sync?.ok ? { syncDaemons: sync.value } : {}),
  });
}

/** Nothing has been touched yet: a director that fails now is refused, not held. */
export const beforeTheStart = (failure: Failure): Failure =>
  failure.kind === 'director' ? { ...failure, kind: 'preflight' } : failure;
