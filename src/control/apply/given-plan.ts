import type { Config } from '../../config/files/config.ts';
import type { Configured } from '../../config/files/read-configured.ts';
import type { GivenOptions } from '../../config/options/options.ts';
import { isMove, readFileMove } from '../../config/settings/move-settings.ts';
import { readReason } from '../../config/settings/reason.ts';
import { readRetirement } from '../../config/settings/retirement-settings.ts';
import { readSettings, type ToolSettings } from '../../config/settings/settings.ts';
import type { OptionLayer } from '../../domain/around/around.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { SequencedOrder } from '../../domain/rollout/sequence.ts';
import type { Onlooker } from '../audience.ts';
import type { WatchedScope } from '../fleet.ts';
import type { ControlPorts } from '../ports.ts';
import { scopeOf } from '../scope.ts';
import { orderOf } from '../sequence/order.ts';
import { planHandOver } from './hand-over.ts';
import { planMove } from './move.ts';
import type { PlanFailure, PlannedRollout } from './planned-rollout.ts';
import { planRetirement } from './retire.ts';

/** A rollout of a plan file, which is planned when its turn comes. */
export interface GivenPlan {
  readonly config: Config;
  readonly tools: ToolSettings;
  readonly order: SequencedOrder;
  readonly plan: (ports: ControlPorts) => Promise<Result<PlannedRollout, PlanFailure>>;
}

/**
 * The plan of a file: a hand-over, or without `to` servers that are retired, or a move. `given` is without the
 * options of the config file, which `configured` has under it.
 */
export function planOfGiven(
  given: GivenOptions,
  { config, given: all }: Configured,
  onlookerOf: (tools: ToolSettings) => Onlooker,
): Result<GivenPlan> {
  const why = readReason(given);
  if (!why.ok) return why;
  const reason = why.value === undefined ? {} : { reason: why.value };
  const place = (tools: ToolSettings): WatchedScope => ({
    scope: scopeOf(tools, config),
    onlooker: onlookerOf(tools),
  });
  if (isMove(given)) {
    const read = readFileMove(all);
    if (!read.ok) return read;
    const { tools, ...settings } = read.value;
    const at = place(tools);
    const order = { ...orderOf(settings, at.scope), ...reason };
    return ok({ config, tools, order, plan: (ports) => planMove(ports, settings, at) });
  }
  if (isRetirement(given)) {
    const read = readRetirement(all);
    if (!read.ok) return read;
    const { tools, ...settings } = read.value;
    const at = place(tools);
    const order = { ...orderOf(settings, at.scope), ...reason };
    return ok({ config, tools, order, plan: (ports) => planRetirement(ports, settings, at) });
  }
  const read = readSettings(all);
  if (!read.ok) return read;
  const { tools, ...settings } = read.value;
  const at = place(tools);
  const order = { ...orderOf(settings, at.scope), ...reason };
  return ok({ config, tools, order, plan: (ports) => planHandOver(ports, settings, at) });
}

/** A file can leave `to` away; elsewhere it is forgotten too easily for a removal from the table. */
const mayLeaveTo: ReadonlySet<OptionLayer> = new Set(['plan-file', 'config-file']);

/** Whether these options retire a server: `from` is of a file, and nobody gives `to`. */
export function isRetirement(given: GivenOptions): boolean {
  const from = given.get('from');
  return from !== undefined && !isMove(given) && !given.has('to') && mayLeaveTo.has(from.layer);
}
