import type { GivenOptions } from '../../config/options.ts';
import type { Failure } from '../../domain/failure.ts';
import { resourcesOf } from '../../domain/rollout-locks.ts';
import type { Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { aroundStatuses } from '../around/status.ts';
import type { Environment } from '../environment.ts';
import { printFailures } from '../refuse.ts';
import { openTools } from '../resume/resume.ts';
import { outLines } from './out-lines.ts';
import { describeSummary, isSummaryOver, type RolloutSummary, summaryOf } from './summary.ts';

/** `drain status`: what runs and what could go on; `drain history`: the rest as well. */
export async function statusCommand(
  env: Environment,
  given: GivenOptions,
  show: { readonly rollout: string | undefined; readonly all: boolean },
): Promise<number> {
  const opened = await openTools(env, given);
  if ('exitCode' in opened) return opened.exitCode;
  const { store, tools } = opened;
  const arounds = await aroundStatuses(store, {
    around: show.rollout,
    all: show.all,
    asJson: tools.output === 'json',
  });
  if (!arounds.ok) return printFailures(env, [arounds.failure]);
  env.out(arounds.value.join(''));
  if (show.rollout !== undefined && arounds.value.length > 0) return 0;
  const ids = show.rollout === undefined ? await store.list() : undefined;
  if (ids && !ids.ok) return printFailures(env, [ids.failure]);
  let exitCode = 0;
  let shown = arounds.value.length;
  for (const id of ids?.value ?? [show.rollout ?? '']) {
    const summary = await summarise(store, id);
    if ('kind' in summary) {
      exitCode = printFailures(env, [summary]);
      continue;
    }
    if (isSummaryOver(summary) && !show.all && show.rollout === undefined) continue;
    shown++;
    env.out(tools.output === 'json' ? `${JSON.stringify(summary)}\n` : describeSummary(summary));
  }
  if (show.rollout === undefined && !show.all) {
    const marks = await store.marks.list();
    if (!marks.ok) return printFailures(env, [marks.failure]);
    env.out(outLines(marks.value, tools.output === 'json'));
  }
  if (shown === 0 && exitCode === 0 && tools.output !== 'json') {
    env.out(show.all ? 'no rollout yet\n' : 'no rollout is running or held\n');
  }
  return exitCode;
}

async function summarise(store: Store, rollout: string): Promise<RolloutSummary | Failure> {
  const entries = await store.read(rollout);
  if (!entries.ok) return entries.failure;
  const state = foldJournal(entries.value);
  const [resource = ''] = resourcesOf(state.plan, state.access);
  return summaryOf(state, entries.value[0].atMs, await store.holder(resource));
}
