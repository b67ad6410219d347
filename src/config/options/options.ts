import type { OptionLayer } from '../../domain/around/around.ts';
import type { NotifyTarget } from '../../domain/events/notice.ts';
import type { FilePlace } from '../../domain/failure.ts';
import type { CheckSpec, GateSpec } from '../../domain/health/gate.ts';
import type { Stop } from '../../domain/rollout/plan.ts';
import type { TimeWindow } from '../../domain/time/windows.ts';
import type { OwnName, SharedOption } from './command-options.ts';

/** Options that are too much for a command line: in files alone. */
export const fileOptions = ['notify', 'add', 'weights', 'windows'] as const;

export type OptionName = SharedOption | OwnName | (typeof fileOptions)[number];

/** An option as somebody wrote it. */
export interface GivenOption {
  readonly values: readonly string[];
  /** The hand that gave the option; decisions ask this, never `where`. */
  readonly layer: OptionLayer;
  /** The part of a file, where a file has several that fill each other in. */
  readonly section?: string | undefined;
  /** Whether it is a flag of the command line, which has no word for its value. */
  readonly isFlag?: boolean | undefined;
  /** `--over`, or `plan.yaml:3:7, over`: for people. */
  readonly where: string;
  /** The place in a file that `where` names. */
  readonly place?: FilePlace | undefined;
  /** `check` as a mapping of a file. */
  readonly check?: CheckSpec;
  /** Gates of a file, which may have terms of their own. */
  readonly gates?: readonly GateSpec[];
  /** Stops that a file gives with each of the `steps`. */
  readonly stops?: readonly Stop[];
  /** Recipients of notices, under `notify` of a file. */
  readonly notify?: readonly NotifyTarget[];
  /** Times of the week in which steps may be taken, under `windows` of a file. */
  readonly windows?: readonly TimeWindow[];
}

/** Options by name; one that was not given is absent. A flag has the value `true`. */
export type GivenOptions = ReadonlyMap<OptionName, GivenOption>;

/**
 * Layers options: the first that gives an option wins, command line, then plan file, then config
 * file. In the order of the options the strongest are last.
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
