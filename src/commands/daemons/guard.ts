import { readConfig } from '../../config/files/read-config.ts';
import type { KnownNames } from '../../config/names/server-names.ts';
import { isOn, type OptionName } from '../../config/options/options.ts';
import { usualGuardListen } from '../../config/settings/serve-settings.ts';
import { beforeTheStart } from '../../control/fleet.ts';
import { createFolderReader } from '../../control/maintenance-folder.ts';
import type { OpenFleet } from '../../control/ports.ts';
import { scopeOf } from '../../control/scope.ts';
import { inOneLine } from '../../daemons/troubles.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { type Floors, floorOf } from '../../domain/floor/floor.ts';
import type { GuardConfig } from '../../domain/health/guard.ts';
import { isSimulated } from '../../domain/places/director-access.ts';
import { tableOf } from '../../domain/rollout/rollout-locks.ts';
import type { GuardedDirector } from '../../guard/guard-ports.ts';
import { checkOnce } from '../../guard/round/check-once.ts';
import { runGuards } from '../../guard/run-guards.ts';
import { createGuardBoard } from '../../guard/seen/guard-board.ts';
import { createGuardReporter } from '../../reporters/guard-reporter.ts';
import { showsLive } from '../audience.ts';
import { commandsOf } from '../command-context.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { Environment } from '../environment.ts';
import { orRefuse, printFailures, Refusal } from '../refusal.ts';
import { placeOfState, readTools } from '../settings.ts';
import { once } from './rows.ts';
import { readShow } from './show.ts';
import { createToldByGuard } from './tell-guard.ts';
import { tellReady } from './tell-manager.ts';

/** `drain guard FILE`: runs until it is told to stop. Returns the exit code. */
export const run: RunCommand = async (env, { given, operands: [file = ''] }) => {
  const { config, tools } = orRefuse(await readTools(given));
  const { state, output } = tools;
  orRefuse(await placeOfState(env, tools, { mayBegin: true }));
  const scope = scopeOf(tools, config);
  const opened = orRefuse(
    await env.openDirectors(scope.directors, { paced: showsLive(env, tools) }),
  );
  const { access, clock } = opened;
  if (isSimulated(access)) throw new Refusal([nothingToAsk]);
  const guarded = orRefuse(await readGuardFile(env, file, config.floors));
  const deps = {
    directors: guardedDirectors(env, opened, config.names),
    clock,
    store: await env.openStore(state, access),
    stop: env.listenForStop(),
    createCheck: env.guardChecks.create,
    turn: env.guardChecks.turn,
    emit: createGuardReporter(
      { write: env.out, isJournal: env.journal?.stdout },
      { form: output === 'json' ? 'json' : 'plain', namesDirector: access.length > 1 },
    ),
  };
  if (isOn(given, once.name)) {
    const listens = ['listen', 'tokenFile'].map((name) => given.get(name as OptionName));
    const typed = listens.find((one) => one?.layer === 'command-line');
    if (typed) throw new Refusal([nothingToShow(typed.where)]);
    const { exitCode, failures } = await checkOnce(deps, guarded);
    const printed = printFailures(env, failures.map(beforeTheStart), commandsOf(tools));
    return failures.length > 0 ? printed : exitCode;
  }
  const board = createGuardBoard();
  const warn = (code: string, failure: Failure): void =>
    deps.emit({
      ...{ v: 1, at: new Date(clock.nowMs()).toISOString(), director: access[0]?.director ?? '' },
      ...{ type: 'warning', code, message: inOneLine(failure) },
    });
  const show = await readShow(env, { given, usual: usualGuardListen }, (failure) =>
    warn('not-shown', failure),
  );
  let hide = async (): Promise<void> => {};
  let sayOver = hide;
  let latest = guarded;
  const told = createToldByGuard(env, clock);
  await told.retarget(guarded.notify ?? []);
  const ended = await runGuards(
    {
      ...deps,
      ...{ file, board, self: { host: (await env.describeHost()).host, pid: process.pid } },
      emit(event) {
        deps.emit(event);
        told.hear(event);
        if (event.type === 'reloaded') void told.retarget(latest.notify ?? []);
      },
      random: Math.random,
      async readConfig() {
        const configured = await readConfig(given);
        if (!configured.ok) return configured;
        const read = await readGuardFile(env, file, configured.value.floors);
        if (read.ok) latest = read.value;
        return read;
      },
      onReload: env.listenForReload,
      async begun() {
        const shown = await show(board);
        if (!shown.ok) return shown.failure;
        hide = shown.value;
        sayOver = await tellReady(env, {
          clock,
          turnedWithin: (ms) => board.hasTurnedSince(clock.nowMs() - ms),
          status: board.summary,
          onFailure: (failure) => warn('not-notified', failure),
        });
        return undefined;
      },
    },
    guarded,
  );
  await sayOver();
  await hide();
  await told.close();
  if (ended.ok) return ended.value;
  throw new Refusal([beforeTheStart(ended.failure)]);
};

/** Directors with a folder reader each: a name is looked up in the director's table. */
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

/** The services of a guard file, each with its floor of the config file. */
async function readGuardFile(
  env: Environment,
  file: string,
  floors: Floors,
): Promise<Result<GuardConfig>> {
  const { readText } = await import('../../config/files/checked-file.ts');
  const { parseGuardFile } = await import('../../config/files/guard-file.ts');
  const text = await readText(file, { obeyed: 'named' });
  if (!text.ok) return text;
  const config = parseGuardFile(text.value, file);
  if (!config.ok) return config;
  for (const { service, check } of config.value.services) {
    const examined = await env.guardChecks.examine(check);
    if (examined.ok) continue;
    return fail({ ...examined.failure, where: `${file}, check of ${service}` });
  }
  const services = config.value.services.map((one) => {
    const floor = floorOf(floors, one.service);
    return floor ? { ...one, floor } : one;
  });
  return ok({ ...config.value, services });
}

const nothingToShow = (where: string): Failure => ({
  kind: 'usage',
  what: '--once ends after one round, and nobody could read metrics of it',
  where,
  next: 'leave one of them out',
});

const nothingToAsk: Failure = {
  kind: 'usage',
  what: 'a simulated director has no servers that a check could ask',
  where: '--director',
  next: 'guard a real one: leave the option out',
};
