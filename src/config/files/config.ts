import { type Floors, noFloors } from '../../domain/floor/floor.ts';
import type { KnownDirectors } from '../names/known-directors.ts';
import type { KnownNames } from '../names/server-names.ts';
import type { GivenOptions } from '../options/options.ts';

/** The content of `drain.yaml`: names of servers and directors, and options nobody else gives. */
export interface Config {
  readonly names: KnownNames;
  readonly directors: KnownDirectors;
  readonly defaults: GivenOptions;
  /** The time that `drain prune` keeps what is over, in milliseconds. */
  readonly keepMs?: number | undefined;
  /** The place in the file that wants a reason of everybody who begins a change. */
  readonly requireReason?: string | undefined;
  /** The capacity that services keep: `minServing`. */
  readonly floors: Floors;
}

export const noConfig: Config = {
  names: { names: new Map(), groups: new Map() },
  directors: new Map(),
  defaults: new Map(),
  floors: noFloors,
};
