import type { ManagerTerms } from '../../domain/ipvs/managed-service.ts';
import { nearest } from '../../domain/nearest.ts';

/** A director that the config file has a name for. */
export interface KnownDirector {
  /** The place as `--director` takes it: `ssh://root@10.0.0.9`, `local`, `sim:FILE`. */
  readonly where: string;
  /** The words that call ipvsadm there, whatever is usual elsewhere. */
  readonly ipvsadm?: string;
  /** The way of living with the program that manages the table there. */
  readonly manager?: ManagerTerms | undefined;
}

export type KnownDirectors = ReadonlyMap<string, KnownDirector>;

/** A director of `--director`, with what it takes to open it. */
export interface NamedDirector {
  readonly where: string;
  readonly ipvsadm: string;
  readonly manager?: ManagerTerms | undefined;
  /** The name in the config file; absent where `where` says it all. */
  readonly name?: string;
  /** The name in the config file that may be meant, where `where` is none. */
  readonly meant?: string | undefined;
}

/**
 * Resolves the text of a `--director` through the names of the config file. A director that has an
 * `ipvsadm` of its own there keeps it; `ipvsadm` is for all others.
 */
export function resolveDirector(
  text: string,
  known: KnownDirectors,
  ipvsadm: string,
): NamedDirector {
  const found = known.get(text);
  if (found) return { ipvsadm, ...found, name: text };
  const isPlace = ofThemselves.includes(text) || /[:/]/.test(text);
  const meant = isPlace ? undefined : nearest(text, [...known.keys(), ...ofThemselves]);
  return { where: text, ipvsadm, meant };
}

/** Directors that need no name. */
const ofThemselves: readonly string[] = ['local', 'sim'];
