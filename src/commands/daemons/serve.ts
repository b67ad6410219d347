import { setTimeout as sleep } from 'node:timers/promises';
import { readServeSettings, type ServeSettings } from '../../config/settings/serve-settings.ts';
import { readToolSettings } from '../../config/settings/settings.ts';
import { isLoopback } from '../../domain/address.ts';
import { exitCodeOf, fail, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import type { Clock, StopSwitch } from '../../rollout/ports.ts';
import type { TableView } from '../../serve/view/view.ts';
import { showsLive } from '../audience.ts';
import { commandsOf } from '../command-context.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { Environment, StatePlace } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { placeOfState, readConfigured, scopeOf } from '../settings.ts';
import { givenToken } from './given-token.ts';

/** `drain serve`: until it is told to stop. Returns the exit code. */
export const run: RunCommand = async (env, { given }) => {
  const { config, given: all } = orRefuse(await readConfigured(given));
  const tools = orRefuse(readToolSettings(all));
  const settings = orRefuse(readServeSettings(all));
  // Whoever serves may be there before the first rollout.
  const place = orRefuse(await placeOfState(env, tools, { mayBegin: true }));
  const token = orRefuse(await readToken(env, settings));
  const scope = scopeOf(tools, config);
  const { access, directors, clock, traffic } = orRefuse(
    await env.openDirectors(scope.directors, { paced: showsLive(env, tools) }),
  );
  const { host, port } = settings;
  const stop = env.listenForStop();
  const started = await env.server.start(
    {
      directors: [...directors.values()].map((director) => ({
        director,
        table: tableOf(accessOf(access, director.name)),
      })),
      store: await env.openStore(tools.state, access),
      commands: commandsOf(tools),
      onTurn: (name, table) => env.err(`drain: ${turnWords(name, table)}\n`),
    },
    { host, port, ...(token === undefined ? {} : { token }) },
  );
  const listening = orRefuse(started);
  env.out(listeningLine(listening.url, place, tools.output === 'json'));
  if (traffic) void passTime(clock, stop);
  await Promise.race([stopped(stop), listening.broken]);
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

/** Reads the token, without which nobody listens beyond this machine. */
async function readToken(
  env: Environment,
  { host, tokenFile }: ServeSettings,
): Promise<Result<string | undefined>> {
  const token = await givenToken(env, { tokenFile });
  if (!token.ok || token.value !== undefined || isLoopback(host)) return token;
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
