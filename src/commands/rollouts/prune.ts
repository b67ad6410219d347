import { OptionReader, readDuration } from '../../config/options/read-values.ts';
import { type PruneResult, prune } from '../../control/past/prune.ts';
import { formatDuration } from '../../domain/duration.ts';
import { onlookerOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse, printFailures } from '../refusal.ts';
import { openTools } from '../settings.ts';
import { keepFor } from './rows.ts';

const usualKeepMs = 90 * 24 * 3_600_000;

/** `drain prune [--keep D] [--dry-run]`: removes the journals of what was over long ago. */
export const run: RunCommand = async (env, { given }) => {
  // In a config file `keep` among the defaults is that of a hand-over, which keeps OLD in the table.
  const typed = new Map([...given].filter(([, { layer }]) => layer === 'command-line'));
  const reader = new OptionReader(typed);
  const askedMs = reader.read(keepFor.name, undefined, readDuration);
  const wrong = reader.failure();
  if (wrong) return printFailures(env, [wrong]);
  const { config, store, tools, commands } = await openTools(env, given, { rollout: undefined });
  const keepMs = askedMs ?? config.keepMs ?? usualKeepMs;
  const { dryRun } = tools;
  const { waitingFor } = onlookerOf(env, tools);
  const result = orRefuse(
    await waitingFor({ kind: 'rollouts' }, () =>
      prune(store, { nowMs: Date.now(), keepMs, dryRun }),
    ),
  );
  printFailures(env, result.unread, commands);
  if (tools.output === 'json') env.out(asJson(result, dryRun));
  else {
    if (dryRun) env.out(result.gone.map((id) => `${id}\n`).join(''));
    env.out(`${inWords(result, { keepMs, dryRun })}\n`);
  }
  return 0;
};

const asJson = ({ gone, kept, unread }: PruneResult, dryRun: boolean): string => {
  const head = { v: 1, at: new Date().toISOString() };
  const type = dryRun ? 'would-be-pruned' : 'pruned';
  const lines = gone.map((rollout) => ({ ...head, type, rollout }));
  const end = { ...head, type: 'prune-finished', gone: gone.length, kept: counted(kept) };
  return [...lines, { ...end, unread: unread.length }]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
};

const counted = (kept: PruneResult['kept']): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const why of kept.values()) counts[why] = (counts[why] ?? 0) + 1;
  return counts;
};

function inWords(
  { gone, kept }: PruneResult,
  { keepMs, dryRun }: { readonly keepMs: number; readonly dryRun: boolean },
): string {
  const reasons = {
    open: 'not over',
    needed: 'part of something that is not over',
    young: `over for less than ${formatDuration(keepMs)}`,
    'last-of-a-service': 'the last of a service',
    busy: 'locked just now',
  } as const;
  const counts = counted(kept);
  const words = Object.entries(reasons).flatMap(([why, text]) =>
    counts[why] ? [`${counts[why]} ${text}`] : [],
  );
  const rest = kept.size === 0 ? '' : `; ${kept.size} stay: ${words.join(', ')}`;
  return `${gone.length} ${dryRun ? 'would go' : 'removed'}${rest}`;
}
