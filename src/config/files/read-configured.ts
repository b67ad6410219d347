import { ok, type Result } from '../../domain/failure.ts';
import { type GivenOptions, layered } from '../options/options.ts';
import type { Config } from './config.ts';
import { readConfig } from './read-config.ts';

export interface Configured {
  readonly config: Config;
  /** The options with those of the config file under them. */
  readonly given: GivenOptions;
}

/** Options with those of the config file that they name, or of the usual one, under them. */
export async function readConfigured(given: GivenOptions): Promise<Result<Configured>> {
  const config = await readConfig(given);
  return config.ok
    ? ok({ config: config.value, given: layered(given, config.value.defaults) })
    : config;
}
