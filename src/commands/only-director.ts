import type { DirectorAccess } from '../domain/director-access.ts';
import { fail, ok, type Result } from '../domain/failure.ts';
import type { Director } from '../rollout/ports.ts';
import type { OpenFleet } from './environment.ts';

/** For what looks after one director. */
export function onlyDirector({
  access,
  directors,
}: OpenFleet): Result<{ readonly director: Director; readonly access: DirectorAccess }> {
  const [only, ...others] = access;
  const director = only && directors.get(only.director);
  if (only && director && others.length === 0) return ok({ director, access: only });
  return fail({
    kind: 'usage',
    what: 'this looks after one director',
    where: '--director',
    next: 'start it once for each',
  });
}
