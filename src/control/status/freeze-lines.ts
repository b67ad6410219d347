import { type Freeze, freezeText } from '../../domain/rollout/freeze.ts';
import { type CommandContext, commandText } from '../../domain/rollout/rollout-status.ts';

/** A freeze as `--output json` writes it: a contract. */
export const freezeRecord = ({ user, host, run, reason, sinceMs, untilMs }: Freeze) => ({
  state: 'frozen' as const,
  user,
  host,
  ...(run === undefined ? {} : { run }),
  reason,
  since: new Date(sinceMs).toISOString(),
  ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
});

/** The freeze in force and the command that ends it, for people or as JSON; nothing where none is. */
export function freezeLines(
  freeze: Freeze | undefined,
  {
    asJson,
    commands,
  }: { readonly asJson: boolean; readonly commands?: CommandContext | undefined },
): string {
  if (!freeze) return '';
  if (asJson) return `${JSON.stringify(freezeRecord(freeze))}\n`;
  return `${freezeText(freeze)}\n  end it: ${commandText(['unfreeze'], commands)}\n`;
}
