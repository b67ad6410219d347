import { optionSpecs } from '../../config/options/option-specs.ts';
import type { GivenOption, OptionName } from '../../config/options/options.ts';
import {
  maintenanceTerms,
  readMaintenanceSettings,
} from '../../config/settings/maintenance-settings.ts';
import type { AroundRecord, KeptOptions } from '../../domain/around/around.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { MaintenanceDirection, MaintenanceTerms } from '../../domain/rollout/maintenance.ts';

/** The terms of a record on which its servers are taken out or brought in. */
export function keptTerms(
  { terms }: Pick<AroundRecord, 'terms'>,
  direction: MaintenanceDirection,
): Result<MaintenanceTerms> {
  if (terms.kind === 'settings') return ok(terms[direction]);
  const settings = readMaintenanceSettings(
    direction,
    givenOf(terms[direction]),
    new Map(),
    direction === 'in' ? terms.checkTimeout : undefined,
  );
  return settings.ok ? ok(maintenanceTerms(settings.value)) : settings;
}

const givenOf = (kept: KeptOptions): ReadonlyMap<OptionName, GivenOption> =>
  new Map(
    optionSpecs.flatMap(({ name }): readonly [OptionName, GivenOption][] => {
      const option = kept[name];
      return option ? [[name, option]] : [];
    }),
  );
