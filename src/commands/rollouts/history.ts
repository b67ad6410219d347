import type { GivenOptions } from '../../config/options/options.ts';
import { OptionReader, readDuration, readWhole } from '../../config/options/read-values.ts';
import { readServices } from '../../config/settings/settings.ts';
import { type HistoryAsked, readHistory } from '../../control/past/history.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { rolloutStatuses } from '../../domain/rollout/rollout-status.ts';
import { onlookerOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { openTools } from '../settings.ts';
import { nothingIn, printUnread } from './list-rollouts.ts';
import { actor, limit, outcome, since } from './rows.ts';

const usualLimit = 20;

/** `drain history`: the latest rollouts, arounds and sequences, whatever has become of them. */
export const run: RunCommand = async (env, { given }) => {
  const filter = orRefuse(readFilter(given, Date.now()));
  const { store, tools, place, commands } = await openTools(env, given, { rollout: undefined });
  const { waitingFor } = onlookerOf(env, tools);
  const asJson = tools.output === 'json';
  const history = orRefuse(
    await waitingFor({ kind: 'rollouts' }, () =>
      readHistory(store, { ...filter, asJson, commands }),
    ),
  );
  env.out(history.texts.join(''));
  const unread = printUnread(env, history.unread, commands);
  if (history.hasMore) {
    const more = `the latest ${filter.limit} are shown; --limit ${10 * filter.limit} shows more\n`;
    if (asJson) env.err(`drain: ${more}`);
    else env.out(more);
  }
  if (history.texts.length === 0 && unread === 0 && !asJson) {
    const isFiltered = filter.sinceMs ?? filter.services ?? filter.outcome ?? filter.actor;
    env.out(
      `${nothingIn(place, isFiltered !== undefined ? 'no such rollout' : 'no rollout yet')}\n`,
    );
  }
  return 0;
};

type Filter = Pick<HistoryAsked, 'limit' | 'sinceMs' | 'services' | 'outcome' | 'actor'>;

function readFilter(given: GivenOptions, nowMs: number): Result<Filter> {
  const reader = new OptionReader(given);
  const agoMs = reader.read(since.name, undefined, readDuration);
  const filter = {
    limit: reader.read(limit.name, usualLimit, readWhole(1, 1_000_000)),
    sinceMs: agoMs === undefined ? undefined : nowMs - agoMs,
    services: reader.has('service') ? readServices(reader) : undefined,
    outcome: reader.has(outcome.name)
      ? reader.choice(outcome.name, rolloutStatuses, 'done')
      : undefined,
    actor: reader.text(actor.name)?.trim(),
  };
  const failure = reader.failure();
  return failure ? fail(failure) : ok(filter);
}
