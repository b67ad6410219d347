import { type BatchSize, parseBatchSize } from '../../domain/around/batches.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import {
  type GivenOption,
  type GivenOptions,
  layered,
  type OptionName,
} from '../options/options.ts';
import { readDuration } from '../options/read-values.ts';
import { type MaintenanceSettings, readMaintenanceSettings } from './maintenance-settings.ts';
import { readToolSettings, type ToolSettings } from './settings.ts';

/** The options that only `drain around` has, as they were typed. */
export interface AroundOptions {
  readonly batch?: string | undefined;
  readonly outOver?: string | undefined;
  readonly checkTimeout?: string | undefined;
  readonly commandTimeout?: string | undefined;
}

export interface AroundSettings {
  readonly batch: BatchSize;
  readonly commandTimeoutMs?: number;
  readonly tools: ToolSettings;
  readonly out: MaintenanceSettings;
  readonly in: MaintenanceSettings;
}

const places: readonly OptionName[] = [
  'service',
  'poll',
  'director',
  'quorum',
  'allowDifferences',
  'ipvsadm',
];
const ofOut: readonly OptionName[] = [...places, 'drainTimeout', 'settle', 'onTimeout'];
const ofIn: readonly OptionName[] = [...places, 'over', 'every', 'check', 'onFailure'];
/** Options that mean the same in a hand-over, and so are taken from a config file. */
const fromConfig: readonly OptionName[] = [
  'poll',
  'director',
  'quorum',
  'allowDifferences',
  'ipvsadm',
  'drainTimeout',
  'settle',
  'check',
  'onFailure',
];

/** All settings of both directions, or the first that is wrong. */
export function readAroundSettings(
  given: GivenOptions,
  defaults: GivenOptions,
  own: AroundOptions,
): Result<AroundSettings> {
  const batch = parseBatchSize(own.batch ?? '1');
  if (!batch) {
    return fail(
      wrong('--batch', own.batch, 'is no number of servers', '2, or 25% of all that are named'),
    );
  }
  const commandTimeoutMs =
    own.commandTimeout === undefined ? undefined : readDuration(own.commandTimeout);
  if (commandTimeoutMs && !(commandTimeoutMs.ok && commandTimeoutMs.value > 0)) {
    const why = commandTimeoutMs.ok ? 'is no time at all' : 'is no duration';
    return fail(wrong('--command-timeout', own.commandTimeout, why, '90s, 5m or 1h30m'));
  }
  const all: GivenOptions = new Map([
    ...[...defaults].filter(([name]) => fromConfig.includes(name)),
    ...given,
  ]);
  const only = (names: readonly OptionName[]): Map<OptionName, GivenOption> =>
    new Map([...all].filter(([name]) => names.includes(name)));
  const outOptions = only(ofOut);
  if (own.outOver !== undefined) {
    outOptions.set('over', { values: [own.outOver], layer: 'command-line', where: '--out-over' });
  }
  const out = readMaintenanceSettings('out', outOptions, defaults, undefined);
  if (!out.ok) return out;
  const back = readMaintenanceSettings('in', only(ofIn), defaults, own.checkTimeout);
  if (!back.ok) return back;
  const tools = readToolSettings(layered(given, defaults));
  if (!tools.ok) return tools;
  return ok({
    batch,
    tools: tools.value,
    out: out.value,
    in: back.value,
    ...(commandTimeoutMs?.ok ? { commandTimeoutMs: commandTimeoutMs.value } : {}),
  });
}

const wrong = (where: string, text = '', why: string, example: string): Failure => ({
  kind: 'usage',
  what: `"${printable(text)}" ${why}`,
  where,
  next: `give for example ${example}`,
});
