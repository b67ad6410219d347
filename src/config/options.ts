import type { CheckSpec } from '../domain/gate.ts';
import type { NotifyTarget } from '../domain/notice.ts';
import type { Stop } from '../domain/plan.ts';
import type { SpecifiedOption } from './command-options.ts';

/** Too much for a command line: in files alone. */
export const fileOptions = ['notify'] as const;

export type OptionName = SpecifiedOption | (typeof fileOptions)[number];

/** An option as somebody wrote it, and where: `--over`, or `plan.yaml:3:7, over`. */
export interface GivenOption {
  readonly values: readonly string[];
  readonly where: string;
  /** Which part of a file it is from, where the file has several that fill each other in. */
  readonly layer?: string;
  /** `check` as a mapping of a file. */
  readonly check?: CheckSpec;
  /** What else a file says about each of the `steps`. */
  readonly stops?: readonly Stop[];
  /** Who is told, under `notify` of a file. */
  readonly notify?: readonly NotifyTarget[];
}

/** Options by name; one that was not given is absent. A flag has the value `true`. */
export type GivenOptions = ReadonlyMap<OptionName, GivenOption>;

/**
 * The first that gives an option wins: command line, then plan file, then config file. In the order
 * of the options the strongest are last.
 */
export function layered(...layers: readonly GivenOptions[]): GivenOptions {
  const given = new Map<OptionName, GivenOption>();
  for (const [name, option] of layers.toReversed().flatMap((layer) => [...layer])) {
    given.delete(name);
    given.set(name, option);
  }
  return given;
}

/** The one value of an option, as it was written; `undefined` where it was not given. */
export const textOf = (given: GivenOptions, name: OptionName): string | undefined =>
  given.get(name)?.values.at(-1);

/** Whether a flag was given. */
export const isOn = (given: GivenOptions, name: OptionName): boolean =>
  textOf(given, name) === 'true';
