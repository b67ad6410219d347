import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { DirectorTable } from '../planner/build-plan.ts';
import type { Director } from '../rollout/ports.ts';

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
