import type { GivenOptions } from '../../config/options/options.ts';
import { aroundStatuses } from '../../control/around/status.ts';
import { freezeNow } from '../../control/freeze.ts';
import { summarise } from '../../control/past/history.ts';
import { sequenceStatuses } from '../../control/sequence/status.ts';
import { fallbackLines, keptLines } from '../../control/status/fallback-lines.ts';
import { freezeLines } from '../../control/status/freeze-lines.ts';
import { clusterLines, outLines } from '../../control/status/out-lines.ts';
import { describeSummary } from '../../control/status/summary.ts';
import type { Failure } from '../../domain/failure.ts';
import { type CommandContext, isOver } from '../../domain/rollout/rollout-status.ts';
import { readGuardReports } from '../../rollout/guard-reports.ts';
import { namedUnfinished } from '../../rollout/journal/unfinished.ts';
import { onlookerOf } from '../audience.ts';
import type { Environment, StatePlace } from '../environment.ts';
import { orRefuse, printFailures } from '../refusal.ts';
import { openTools } from '../settings.ts';

/** `drain status`: rollouts that run or can be resumed, or the one that is asked for. */
export async function listRollouts(
  env: Environment,
  given: GivenOptions,
  word: string | undefined,
): Promise<number> {
  const { store, tools, place, commands, rollout } = await openTools(env, given, { rollout: word });
  const { waitingFor } = onlookerOf(env, tools);
  const reading = <T>(work: () => Promise<T>) => waitingFor({ kind: 'rollouts' }, work);
  const asJson = tools.output === 'json';
  const asked = { asJson, commands };
  const arounds = orRefuse(
    await reading(() => aroundStatuses(store, { around: rollout, ...asked })),
  );
  const sequences = orRefuse(
    await reading(() => sequenceStatuses(store, { sequence: rollout, ...asked })),
  );
  const records = [...sequences.shown, ...arounds.shown];
  env.out(records.map(({ text }) => text).join(''));
  let shown = records.length;
  let unread = printUnread(env, [...sequences.unread, ...arounds.unread], commands);
  if (rollout !== undefined && shown > 0) return 0;
  const ids =
    rollout === undefined ? orRefuse(await reading(() => namedUnfinished(store))) : [rollout];
  for (const id of ids.toSorted().toReversed()) {
    const summary = await reading(() => summarise(store, id));
    if ('kind' in summary) {
      if (rollout !== undefined) return printFailures(env, [summary], commands);
      // A name is there before its journal is.
      if (summary.code === 'no-such-rollout') continue;
      unread += printUnread(env, [summary], commands);
      continue;
    }
    if (isOver(summary.state) && rollout === undefined) continue;
    shown++;
    env.out(asJson ? `${JSON.stringify(summary)}\n` : describeSummary(summary, commands));
  }
  if (rollout === undefined) {
    const frozen = orRefuse(await freezeNow(store, env.nowMs()));
    env.out(freezeLines(frozen, { asJson, commands }));
    const marks = orRefuse(await store.marks.list());
    env.out(outLines(marks, asJson));
    const claims = orRefuse(await store.marks.clusters.list());
    env.out(clusterLines(claims, asJson));
    env.out(fallbackLines(orRefuse(await store.marks.fallbacks.list()), asJson));
    const nowMs = Date.now();
    env.out(keptLines(orRefuse(await readGuardReports(store, nowMs)), nowMs, asJson));
  }
  if (shown === 0 && unread === 0 && !asJson) env.out(`${nothingIn(place)}\n`);
  return 0;
}

/** Warns of each file that cannot be read: the others are shown all the same. Returns how many these are. */
export function printUnread(
  env: Environment,
  unread: readonly Failure[],
  commands: CommandContext,
): number {
  printFailures(env, unread, commands);
  return unread.length;
}

/** `no rollout is running or held in /var/lib/drain`: whoever meant another place sees it. */
export function nothingIn(
  { text, isThere, ofRoot }: StatePlace,
  what = 'no rollout is running or held',
): string {
  const where = isThere ? text : `${text}, which is not there`;
  const others = ofRoot === undefined ? '' : `; root's are in ${ofRoot}: sudo drain status`;
  return `${what} in ${where}${others}`;
}
