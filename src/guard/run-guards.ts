import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { GuardConfig } from '../domain/health/guard.ts';
import { type CheckerDeps, createCheckerPool } from './checkers.ts';
import { Guard } from './guard.ts';
import { type Claims, createClaims } from './guard-locks.ts';
import type { GuardDeps, GuardedDirector } from './guard-ports.ts';
import type { GuardBoard } from './seen/guard-board.ts';

export interface GuardsDeps
  extends Omit<GuardDeps, keyof GuardedDirector | 'checks' | 'board'>,
    Pick<CheckerDeps, 'random' | 'createCheck' | 'turn'> {
  readonly directors: readonly GuardedDirector[];
  readonly board: GuardBoard;
  /** Called when the first guard has begun; where it fails, none goes on. */
  begun(): Promise<Failure | undefined>;
}

/**
 * Runs a guard for each director until they are told to stop; returns the exit code, or a failure
 * where no guard could begin. The guards share the answers of the servers and nothing else: a
 * director that hangs or is away keeps no other from being guarded, and is guarded as soon as it
 * answers.
 */
export async function runGuards(deps: GuardsDeps, config: GuardConfig): Promise<Result<number>> {
  const { directors, createCheck, random, turn, begun, ...common } = deps;
  const { clock, board } = deps;
  const checks = createCheckerPool({ clock, random, createCheck, turn, answered: board.answered });
  const reloads = readOnce(deps);
  const guards: Guard[] = [];
  const claimed: Claims[] = [];
  try {
    for (const one of directors) {
      const own: GuardDeps = { ...common, ...reloads, ...one, checks };
      const claims = createClaims(own);
      claimed.push(claims);
      const refused = await claims.hold(config.services.map(({ service }) => service));
      if (refused)
        return fail(directors.length > 1 ? { ...refused, where: one.director.name } : refused);
      guards.push(new Guard(own, config, claims));
    }
    const begins = guards.map((guard) => guard.begin());
    const failure = await firstBegun(begins);
    const refused = failure ?? (await begun());
    if (refused) return fail(refused);
    const ended = guards.map(async (guard, i) => guard.run(await begins[i]));
    const [exitCode = 0] = await Promise.all(ended);
    return ok(exitCode);
  } finally {
    for (const guard of guards) guard.end();
    for (const claims of claimed) await claims.release();
  }
}

/** Reads the config file once at each SIGHUP, however many guards ask for it. */
function readOnce({
  onReload,
  readConfig,
}: GuardsDeps): Pick<GuardDeps, 'onReload' | 'readConfig'> {
  const reloads: (() => void)[] = [];
  let latest: ReturnType<typeof readConfig> | undefined;
  onReload(() => {
    latest = readConfig();
    for (const reload of reloads) reload();
  });
  return {
    onReload: (reload) => void reloads.push(reload),
    readConfig: () => latest ?? readConfig(),
  };
}

/**
 * Resolves to `undefined` as soon as one guard has begun; when none can, to why the first could
 * not. A mistake in the call is the same for all guards.
 */
const firstBegun = (
  begins: readonly Promise<Failure | undefined>[],
): Promise<Failure | undefined> =>
  new Promise((resolve, reject) => {
    for (const begin of begins) {
      begin.then((failure) => {
        if (failure === undefined || failure.kind === 'usage') resolve(failure);
      }, reject);
    }
    Promise.all(begins).then(([first]) => resolve(first), reject);
  });
