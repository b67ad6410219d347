import { fail, ok, type Result } from '../../domain/failure.ts';
import type { GivenOptions } from '../options/options.ts';
import { OptionReader } from '../options/read-values.ts';
import { type PaceSettings, readPaceSettings, type Settings } from './settings.ts';

/** Servers that leave and have no successor: the others of their services take over. */
export type RetirementSettings = PaceSettings & Pick<Settings, 'from'>;

/** Options about new servers, of which a retirement has none. */
const aboutNew = ['weight', 'until', 'setScheduler', 'restoreScheduler', 'check'] as const;

/**
 * The options of a plan file without `to`. Those about new servers are refused where they are typed or
 * stand beside `from`; as defaults they are for other rollouts.
 */
export function readRetirement(given: GivenOptions): Result<RetirementSettings> {
  const reader = new OptionReader(given);
  const from = [...new Set(reader.list('from'))];
  if (from.includes('')) {
    reader.refuse('from', 'from has an empty name in it', 'name servers, such as 10.0.0.1');
  }
  for (const name of aboutNew) {
    const isMeant = reader.option(name)?.layer === 'command-line' || reader.together('from', name);
    if (!isMeant) continue;
    reader.refuse(
      name,
      `${name} is about new servers, and there are none`,
      'name them with to, or leave it out: then the server is retired, and the others take over',
    );
  }
  const failure = reader.failure();
  if (failure) return fail(failure);
  const own = [...given].filter(([name]) => !aboutNew.some((one) => one === name));
  const pace = readPaceSettings(new Map(own));
  return pace.ok ? ok({ from, ...pace.value }) : pace;
}
