import { parseDuration } from '../../domain/duration.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { MaintenanceDirection, MaintenanceTerms } from '../../domain/rollout/maintenance.ts';
import {
  type GivenOption,
  type GivenOptions,
  layered,
  type OptionName,
} from '../options/options.ts';
import { type PaceSettings, readPaceSettings } from './settings.ts';

/** The settings of `drain out` and `drain in`. */
export interface MaintenanceSettings extends PaceSettings {
  /** The time a server may take to become healthy before it gets weight. */
  readonly checkWithinMs: number;
}

/** Options that a hand-over has and maintenance has not: from a config file they are not meant here. */
const ofHandOvers: readonly OptionName[] = [
  'from',
  'to',
  'over',
  'every',
  'curve',
  'steps',
  'until',
  'service',
  'weight',
  'setScheduler',
  'restoreScheduler',
  'onTimeout',
  'keep',
  'gateCommand',
  'gateHttp',
  'gatePrometheus',
];

/** The usual ramp: out at once, which only new connections feel; in slowly, for cold caches. */
const usualOver: Readonly<Record<MaintenanceDirection, string>> = { out: '0s', in: '30s' };
const usualCheckWithinMs = 60_000;

export function readMaintenanceSettings(
  direction: MaintenanceDirection,
  given: GivenOptions,
  defaults: GivenOptions,
  checkTimeout: string | undefined,
): Result<MaintenanceSettings> {
  const timeout = given.get('onTimeout');
  if (['remove', 'reset'].includes(timeout?.values.at(-1) ?? '')) {
    return fail({
      kind: 'usage',
      what: 'maintenance removes no server from the table',
      where: timeout?.where,
      place: timeout?.place,
      next: 'use hold or rollback; drain --from … --to … takes a server out for good',
    });
  }
  const general = [...defaults].filter(([name]) => !ofHandOvers.includes(name));
  const usual = new Map<OptionName, GivenOption>(
    given.has('steps')
      ? []
      : [
          [
            'over',
            { values: [usualOver[direction]], layer: 'default', where: `drain ${direction}` },
          ],
        ],
  );
  const all = layered(given, new Map(general), usual);
  const pace = readPaceSettings(all);
  if (!pace.ok) return pace;
  const checkWithinMs =
    checkTimeout === undefined ? usualCheckWithinMs : parseDuration(checkTimeout.trim());
  if (checkWithinMs === undefined) {
    return fail({
      kind: 'usage',
      what: `"${printable(checkTimeout ?? '')}" is no duration: write numbers with units, such as 90s, 5m or 1h30m`,
      where: '--check-timeout',
    });
  }
  return ok({ ...pace.value, checkWithinMs });
}

/** The settings without where and for whom: what a record of `drain around` keeps of them. */
export const maintenanceTerms = ({
  ramp,
  policy,
  services,
  allowDifferences,
  gates,
  checkWithinMs,
  weight,
}: MaintenanceSettings): MaintenanceTerms => ({
  ramp,
  policy,
  allowDifferences,
  checkWithinMs,
  ...(services ? { services } : {}),
  ...(gates?.check ? { check: gates.check } : {}),
  ...(weight === undefined ? {} : { weight }),
});
