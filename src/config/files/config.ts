import type { KnownDirectors } from '../names/known-directors.ts';
import type { KnownNames } from '../names/server-names.ts';
import type { GivenOptions } from '../options/options.ts';

/** What `drain.yaml` gives: names for servers and directors, and options where nobody else gives them. */
export interface Config {
  readonly names: KnownNames;
  readonly directors: KnownDirectors;
  readonly defaults: GivenOptions;
}

export const noConfig: Config = {
  names: { names: new Map(), groups: new Map() },
  directors: new Map(),
  defaults: new Map(),
};
