import type { GivenOptions } from '../../config/options/options.ts';
import { aroundStatuses } from '../../control/around/status.ts';
import { sequenceStatuses } from '../../control/sequence/status.ts';
import { clusterLines, outLines } from '../../control/status/out-lines.ts';
import { describeSummary, type RolloutSummary, summaryOf } from '../../control/status/summary.ts';
import type { Failure } from '../../domain/failure.ts';
import { type CommandContext, isOver } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import { watchRollout } from '../../watch/watch-rollout.ts';
import { onlookerOf } from '../audience.ts';
import type { Environment, StatePlace } from '../environment.ts';
import { orRefuse, printFailures } from '../refusal.ts';
import { openTools } from '../settings.ts';

/** `drain status`: rollouts that run or can be resumed; `drain history`: the rest as well. */
export async function listRollouts(
  env: Environment,
  given: GivenOptions,
  show: { readonly rollout: string | undefined; readonly all: boolean },
): Promise<number> {
  const { store, tools, place, commands } = await openTools(env, given, show);
  const { waitingFor } = onlookerOf(env, tools);
  const reading = <T>(work: () => Promise<T>) => waitingFor({ kind: 'rollouts' }, work);
  const asJson = tools.output === 'json';
  const arounds = orRefuse(
    await reading(() =>
      aroundStatuses(store, { around: show.rollout, all: show.all, asJson, commands }),
    ),
  );
  const sequences = orRefuse(
    await reading(() =>
      sequenceStatuses(store, { sequence: show.rollout, all: show.all, asJson, commands }),
    ),
  );
  const records = [...sequences.shown, ...arounds.shown];
  env.out(records.map(({ text }) => text).join(''));
  let shown = records.length;
  let unread = printUnread(env, [...sequences.unread, ...arounds.unread], commands);
  if (show.rollout !== undefined && shown > 0) return 0;
  const ids =
    show.rollout === undefined ? orRefuse(await reading(() => store.list())) : [show.rollout];
  for (const id of ids) {
    const summary = await reading(() => summarise(store, id));
    if ('kind' in summary) {
      if (show.rollout !== undefined) return printFailures(env, [summary], commands);
      unread += printUnread(env, [summary], commands);
      continue;
    }
    if (isOver(summary.state) && !show.all && show.rollout === undefined) continue;
    shown++;
    env.out(
      tools.output === 'json' ? `${JSON.stringify(summary)}\n` : describeSummary(summary, commands),
    );
  }
  if (show.rollout === undefined && !show.all) {
    const marks = orRefuse(await store.marks.list());
    env.out(outLines(marks, tools.output === 'json'));
    const claims = orRefuse(await store.marks.clusters.list());
    env.out(clusterLines(claims, tools.output === 'json'));
  }
  if (shown === 0 && unread === 0 && tools.output !== 'json') {
    env.out(`${nothingIn(place, { all: show.all })}\n`);
  }
  return 0;
}

/** Warns of each file that cannot be read: the others are shown all the same. Returns how many these are. */
function printUnread(
  env: Environment,
  unread: readonly Failure[],
  commands: CommandContext,
): number {
  printFailures(env, unread, commands);
  return unread.length;
}

/** `no rollout is running or held in /var/lib/drain`: whoever meant another place sees it. */
export function nothingIn({ text, isThere, ofRoot }: StatePlace, { all = false } = {}): string {
  const what = all ? 'no rollout yet' : 'no rollout is running or held';
  const where = isThere ? text : `${text}, which is not there`;
  const others = ofRoot === undefined ? '' : `; root's are in ${ofRoot}: sudo drain status`;
  return `${what} in ${where}${others}`;
}

async function summarise(store: Store, rollout: string): Promise<RolloutSummary | Failure> {
  const seen = await watchRollout(store, rollout).look(Date.now(), 'never');
  return seen.ok ? summaryOf(seen.value) : seen.failure;
}
