import type { GivenOptions } from '../config/options.ts';
import { formatDuration } from '../domain/duration.ts';
import { printable } from '../domain/printable.ts';
import { shortPercent } from '../reporters/text/amounts.ts';
import { handOver } from '../reporters/wording.ts';
import { foldJournal, lastStep, type RolloutState } from '../rollout/journal.ts';
import type { Store } from '../rollout/ports.ts';
import { aroundStatuses } from './around-status.ts';
import type { Environment } from './environment.ts';
import { outLines } from './out-lines.ts';
import { openTools } from './resume.ts';
import { resourcesOf } from './rollout-resources.ts';
import { printFailures } from './run-plan.ts';

interface RolloutSummary {
  readonly rollout: string;
  readonly state:
    | 'running'
    | 'paused'
    | 'held'
    | 'cut-off'
    | 'done'
    | 'rolled-back'
    | 'refused'
    | 'failed';
  readonly pid?: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly phase: RolloutState['phase']['kind'];
  readonly step: number;
  readonly of: number;
  readonly startedAt: string;
  readonly message: string;
}

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
    const over = !['running', 'paused', 'held', 'cut-off'].includes(summary.state);
    if (over && !show.all && show.rollout === undefined) continue;
    shown++;
    env.out(tools.output === 'json' ? `${JSON.stringify(summary)}\n` : describe(summary));
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

async function summarise(store: Store, rollout: string) {
  const entries = await store.read(rollout);
  if (!entries.ok) return entries.failure;
  const state = foldJournal(entries.value);
  const [resource = ''] = resourcesOf(state.plan, state.access);
  const holder = await store.holder(resource);
  const running = holder?.rollout === rollout;
  const summary: RolloutSummary = {
    rollout,
    state: running
      ? state.pausedAtMs === undefined
        ? 'running'
        : 'paused'
      : (state.end?.outcome ?? 'cut-off'),
    ...(running ? { pid: holder.pid } : {}),
    from: state.plan.from,
    to: state.plan.to,
    phase: state.phase.kind,
    step: Math.max(0, ...[...state.directors.values()].map((director) => director.step)),
    of: lastStep(state.plan),
    startedAt: new Date(entries.value[0].atMs).toISOString(),
    message: running ? manualWords(state) : (state.end?.message ?? ''),
  };
  return summary;
}

/** Where somebody is to look before it goes on. */
function manualWords({ manualStep, plan }: RolloutState): string {
  if (manualStep === undefined) return '';
  const moved = shortPercent(plan.schedule[manualStep]?.fraction ?? 0);
  return `waits at the manual step ${manualStep} of ${lastStep(plan)}, ${moved} moved`;
}

function describe(summary: RolloutSummary): string {
  const { rollout, state, pid, from, to, step, of, startedAt, message } = summary;
  const since = formatDuration(Math.round((Date.now() - Date.parse(startedAt)) / 1_000) * 1_000);
  const where = pid === undefined ? '' : ` (process ${pid})`;
  const lines = [
    `${rollout}  ${state}${where}  ${handOver(from, to)}  step ${step} of ${of}  begun ${since} ago`,
    ...(message ? [`  ${printable(message, 400)}`] : []),
    ...(state === 'held' || state === 'cut-off'
      ? [`  go on:   drain resume ${rollout}`, `  go back: drain rollback ${rollout}`]
      : []),
    ...(state === 'running' ? [`  drain pause ${rollout} · drain rollback ${rollout}`] : []),
    ...(state === 'paused' ? [`  drain continue ${rollout} · drain rollback ${rollout}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
