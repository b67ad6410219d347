import { setTimeout as sleep } from 'node:timers/promises';
import { readTlsFiles } from '../../config/control/read-tls.ts';
import { readTokens, stampOfFile } from '../../config/control/read-tokens.ts';
import { readConfigured } from '../../config/files/read-configured.ts';
import type { GivenOptions } from '../../config/options/options.ts';
import {
  type ControlSettings,
  readControlSettings,
} from '../../config/settings/control-settings.ts';
import { readServeSettings, type ServeSettings } from '../../config/settings/serve-settings.ts';
import { readToolSettings } from '../../config/settings/settings.ts';
import { scopeOf } from '../../control/scope.ts';
import { sharedPorts } from '../../control/shared-ports.ts';
import { isLoopback } from '../../domain/address.ts';
import { exitCodeOf, fail, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import { readRecord } from '../../record/read-record.ts';
import { describeFailure } from '../../reporters/wording.ts';
import type { Clock, StopSwitch } from '../../rollout/ports.ts';
import type { HttpApi } from '../../serve/http/http-server.ts';
import type { TableView } from '../../serve/view/view.ts';
import { showsLive } from '../audience.ts';
import { commandsOf } from '../command-context.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { Environment, StatePlace } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { placeOfState } from '../settings.ts';
import { givenToken } from './given-token.ts';

/** `drain serve`: until it is told to stop. Returns the exit code. */
export const run: RunCommand = async (env, { given }) => {
  const { config, given: all } = orRefuse(await readConfigured(given));
  const tools = orRefuse(readToolSettings(all));
  const settings = orRefuse(readServeSettings(all));
  // Whoever serves may be there before the first rollout.
  const place = orRefuse(await placeOfState(env, tools, { mayBegin: true }));
  const control = orRefuse(readControlSettings(all, settings));
  const token = orRefuse(await readToken(env, settings, control));
  const tls = control.tls && orRefuse(await readTlsFiles(control.tls));
  const scope = scopeOf(tools, config);
  const fleet = orRefuse(
    await env.openDirectors(scope.directors, { paced: showsLive(env, tools) }),
  );
  const { access, directors, clock, traffic } = fleet;
  const ports = sharedPorts(env, fleet);
  const { host, port } = settings;
  const api =
    control.tokens === undefined ? undefined : await openApi(ports, given, control.tokens);
  const stop = env.listenForStop();
  const started = await env.server.start(
    {
      directors: [...directors.values()].map((director) => ({
        director,
        table: tableOf(accessOf(access, director.name)),
      })),
      store: await ports.openStore(tools.state, access),
      commands: commandsOf(tools),
      onTurn: (name, table) => env.err(`drain: ${turnWords(name, table)}\n`),
    },
    {
      ...{ host, port, tls, api, isGuarded: api !== undefined && !isLoopback(host) },
      ...(token === undefined ? {} : { token }),
    },
  );
  const listening = orRefuse(started);
  env.out(listeningLine(listening.url, place, tools.output === 'json'));
  if (traffic) void passTime(clock, stop);
  await Promise.race([stopped(stop), listening.broken, ...(api ? [api.broken] : [])]);
  await api?.close();
  await listening.close();
  return exitCodeOf(stop.requested()?.signal ?? 'sigterm');
};

/** A line in either form, so that whoever waits for the line knows that requests are answered. */
function listeningLine(url: string, { text, isThere }: StatePlace, isJson: boolean): string {
  const yet = isThere ? '' : ` (no rollout yet in ${text}, which is not there)`;
  if (!isJson) return `drain serve: ${url}/ and ${url}/metrics${yet}\n`;
  const at = new Date().toISOString();
  return `${JSON.stringify({ v: 1, at, type: 'listening', url, metrics: `${url}/metrics`, state: text })}\n`;
}

/** Opens the control API; a tokens file that is of no use now is refused, and later on told. */
async function openApi(env: Environment, given: GivenOptions, file: string): Promise<HttpApi> {
  orRefuse(await readTokens(file));
  const tell = (line: string): void => env.err(`drain serve: ${line}\n`);
  return env.server.openApi({
    ports: env,
    given,
    self: await env.who(),
    createListeners: (tools) => env.createListeners(tools, commandsOf(tools)),
    async onEnded(tools, { rollout, store }) {
      if (tools.report === undefined) return;
      const record = await readRecord(store, rollout);
      const shown = record.ok
        ? await env.showRecord(record.value, tools, commandsOf(tools))
        : record;
      if (!shown.ok) env.err(`${describeFailure(shown.failure)}\n`);
    },
    nowMs: env.nowMs,
    tell,
    tokens: {
      stamp: () => stampOfFile(file),
      read: () => readTokens(file),
      onTurn: (failure) =>
        failure
          ? env.err(
              `${describeFailure({ ...failure, what: `nobody is known any more: ${failure.what}` })}\n`,
            )
          : tell('the tokens file is of use again'),
    },
  });
}

/** Reads the token, without which nobody listens beyond this machine. */
async function readToken(
  env: Environment,
  { host, tokenFile }: ServeSettings,
  { tokens }: ControlSettings,
): Promise<Result<string | undefined>> {
  const token = await givenToken(env, { tokenFile });
  if (!token.ok || token.value !== undefined || isLoopback(host)) return token;
  // Whoever has one of those without limits may read the rest as well.
  if (tokens !== undefined) return token;
  return fail({
    kind: 'usage',
    what: `${printable(host)} can be reached from other machines, and there is no token`,
    where: '--listen',
    next: 'give --token-file FILE (or DRAIN_SERVE_TOKEN in the environment), or listen on 127.0.0.1',
  });
}

function stopped(stop: StopSwitch): Promise<void> {
  return new Promise((resolve) => {
    if (stop.requested()) resolve();
    else stop.signal().addEventListener('abort', () => resolve(), { once: true });
  });
}

const turnWords = (name: string, table: TableView): string =>
  table.kind === 'up'
    ? `director ${name} answers again`
    : `director ${name}: ${printable(table.failure.what, 400)}; drain_director_up is 0 until it answers`;

const sliceMs = 250;

/** A simulated director's time passes only while somebody sleeps in it; here it is as quick as ours. */
async function passTime(clock: Clock, stop: StopSwitch): Promise<void> {
  while (!stop.requested()) {
    await sleep(sliceMs, undefined, { ref: false });
    await clock.sleepUntil(clock.nowMs() + sliceMs);
  }
}
