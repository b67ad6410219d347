import { inOneLine } from '../../daemons/troubles.ts';
import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { GuardEventBody } from '../../domain/events/guard-event.ts';
import { exitCodeOf, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { GuardConfig } from '../../domain/health/guard.ts';
import { findService, type RealServer } from '../../domain/ipvs/ipvs.ts';
import { printable, shortList } from '../../domain/printable.ts';
import type { StopSwitch } from '../../rollout/ports.ts';
import { type CheckedServer, idOf } from '../checkers.ts';
import type { Folder } from '../decide/maintenance.ts';
import { outReason } from '../decide/out-reason.ts';
import type { GuardDeps, GuardedDirector } from '../guard-ports.ts';
import { type GuardWorld, lookAround, ownService } from '../guard-view.ts';
import { missingService } from '../guard-warnings.ts';
import { askRound, type RoundAnswers, type RoundDeps } from './ask-round.ts';

export interface OnceDeps extends Omit<RoundDeps, 'stop'>, Pick<GuardDeps, 'store' | 'emit'> {
  readonly directors: readonly GuardedDirector[];
  readonly stop: StopSwitch;
}

/** The outcome of a round: without failures everything that should serve does. */
export interface OnceOutcome {
  readonly exitCode: number;
  /** Failures for stderr; the first gives the exit code. */
  readonly failures: readonly Failure[];
}

interface DownServer {
  readonly service: ServiceKey;
  readonly server: ServerKey;
}

interface Seen {
  readonly world: GuardWorld;
  readonly folder: Folder;
}

interface Checked extends CheckedServer {
  readonly server: RealServer;
}

type Say = (body: GuardEventBody) => void;

/**
 * Asks every server of the guarded services, says how each is, and ends. A round takes no lock and writes
 * neither weights nor marks, so that it may run beside the guard itself.
 */
export async function checkOnce(deps: OnceDeps, config: GuardConfig): Promise<OnceOutcome> {
  const { directors, stop, clock } = deps;
  const seen = await Promise.all(directors.map((one) => look(deps, one, config)));
  const servers = seen.flatMap((one) => (one.ok ? serversOf(one.value.world, config) : []));
  const answers = await askRound({ ...deps, stop: stop.signal() }, servers);
  const request = stop.requested();
  if (request) return { exitCode: exitCodeOf(request.signal), failures: [] };
  const down: DownServer[] = [];
  const failures: Failure[] = [];
  for (const [index, { director }] of directors.entries()) {
    const say: Say = (body) => {
      const at = new Date(clock.nowMs()).toISOString();
      deps.emit({ v: 1, at, director: director.name, ...body });
    };
    const fails = (code: string, failure: Failure): void => {
      const where = failure.where ?? (directors.length > 1 ? director.name : undefined);
      failures.push({ ...failure, where });
      say({ type: 'warning', code, message: inOneLine(failure) });
    };
    const one = seen[index];
    if (one?.ok === false) fails('cannot-list', one.failure);
    if (one?.ok) down.push(...sayRound(one.value, { config, answers, say, fails }));
  }
  if (down.length > 0) failures.unshift(serversDown(down));
  return { exitCode: failures[0] ? exitCodeOf(failures[0].kind) : 0, failures };
}

/** Says how the servers of one director are; returns those that are down and should serve. */
function sayRound(
  { world, folder }: Seen,
  {
    config,
    answers,
    say,
    fails,
  }: {
    readonly config: GuardConfig;
    readonly answers: RoundAnswers;
    readonly say: Say;
    readonly fails: (code: string, failure: Failure) => void;
  },
): readonly DownServer[] {
  for (const { service } of config.services) {
    if (findService(world.snapshot, service)) continue;
    fails('no-such-service', {
      ...missingService(service),
      next: 'name one that `ipvsadm -Ln` lists',
    });
  }
  const down: DownServer[] = [];
  const checked = serversOf(world, config);
  for (const one of checked) {
    const { service } = one.guarded;
    const { key, weight } = one.server;
    const answer = answers.get(idOf(one));
    if (answer?.ok === false) fails('cannot-check', answer.failure);
    if (!answer?.ok) continue;
    const out = outReason(world, folder, { service, server: one.server });
    say({ type: 'server-checked', service, server: key, ...answer.value, weight, out });
    if (!answer.value.passed && out === undefined) down.push({ service, server: key });
  }
  say({ type: 'guard-checked', servers: checked.length, down });
  return down;
}

async function look(
  deps: OnceDeps,
  one: GuardedDirector,
  config: GuardConfig,
): Promise<Result<Seen>> {
  const looked = await lookAround({ ...one, store: deps.store }, config);
  if (!looked.ok) return looked;
  const { maintenance } = config;
  const read =
    maintenance === undefined ? ok([]) : await one.readFolder(maintenance, looked.value.snapshot);
  if (!read.ok) return fail(read.failure);
  const folder = new Map(read.value.map((entry) => [entry.name, entry]));
  return ok({ world: looked.value, folder });
}

const serversOf = (world: GuardWorld, { services }: GuardConfig): readonly Checked[] =>
  services.flatMap((guarded) => {
    const live = ownService(world, guarded.service);
    return (live?.servers ?? []).map((server) => ({ guarded, server }));
  });

const serversDown = (down: readonly DownServer[]): Failure => {
  const names = [...new Set(down.map(({ server, service }) => `${server} of ${service}`))];
  const first = down[0]?.server ?? '';
  return {
    kind: 'gate',
    what: `${names.length === 1 ? 'a server is' : `${names.length} servers are`} down: ${shortList(names.map((name) => printable(name)))}`,
    next: ['see its last answer above; where it is to be down, take it out: ', ['out', first]],
  };
};
