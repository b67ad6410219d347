import { type AroundRecord, namesInAround, openBatch } from '../domain/around/around.ts';
import { serverText } from '../domain/around/server-command.ts';
import type { Outcome } from '../domain/events/event.ts';
import { fullNames } from '../domain/places/named-servers.ts';
import { printable } from '../domain/printable.ts';
import {
  type CommandContext,
  namedWays,
  type Ways,
  waysFromAround,
  waysFromEnd,
} from '../domain/rollout/rollout-status.ts';

/** The commands that lead on and back, a line each; `backNote` says what a rollback does. */
export const wayLines = (
  ways: Ways,
  context: CommandContext = {},
  backNote?: string,
): readonly string[] =>
  namedWays(ways, context, backNote).map(({ name, command, note }) => {
    const said = note === undefined ? '' : `  # ${note}`;
    return `  ${`${name}:`.padEnd(9)}${command}${said}`;
  });

interface EndOfRollout {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly message: string;
}

/** The reason of an end that was not asked for, and the commands where a rollout was held. */
export function endLines(
  rollout: string,
  { outcome, exitCode, message }: EndOfRollout,
  context: CommandContext = {},
  of: Parameters<typeof waysFromEnd>[2] = { isBack: false },
): string {
  // The message may hold what a gate or a director said.
  const reason = `drain: ${printable(message, 1_000)}\n`;
  return reason + endWays(rollout, { outcome, exitCode }, context, of);
}

/** The commands where a rollout was held, for those who have read why. */
export function endWays(
  rollout: string,
  end: Omit<EndOfRollout, 'message'>,
  context: CommandContext = {},
  of: Parameters<typeof waysFromEnd>[2] = { isBack: false },
): string {
  if (end.outcome !== 'held') return '';
  const lines = wayLines(waysFromEnd(rollout, end, of), context);
  return lines.map((line) => `${line}\n`).join('');
}

/** The commands for a `drain around` that was held or cut off, as lines. */
export function aroundWayLines(record: AroundRecord, context: CommandContext = {}): string {
  const out = openBatch(record)?.servers ?? [];
  const servers = fullNames(out.map(serverText), namesInAround(record));
  const back = out.length > 0 ? `brings ${servers} in as they are, and ends it` : 'ends it';
  const lines = wayLines(waysFromAround('held', record.around), context, back);
  return lines.map((line) => `${line}\n`).join('');
}
