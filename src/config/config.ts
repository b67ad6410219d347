import type { GivenOptions } from './options.ts';
import type { KnownNames } from './server-names.ts';

/** What `drain.yaml` gives: names for servers, and options where nobody else gives them. */
export interface Config {
  readonly names: KnownNames;
  readonly defaults: GivenOptions;
}

export const noConfig: Config = {
  names: { names: new Map(), groups: new Map() },
  defaults: new Map(),
};
