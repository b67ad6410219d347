import { parseDuration } from '../../domain/duration.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { printable } from '../../domain/printable.ts';
import type { GivenOption, GivenOptions, OptionName } from './options.ts';

/** Reads one option after another; the first wrong one is the failure that `failure()` gives. */
export class OptionReader {
  private given: GivenOptions;
  private firstFailure: Failure | undefined;

  constructor(given: GivenOptions) {
    this.given = given;
  }

  failure(): Failure | undefined {
    return this.firstFailure;
  }

  /** Notes a failure about an option, for checks that need more than its own text. */
  refuse(name: OptionName, what: string, next: string): void {
    const option = this.given.get(name);
    this.firstFailure ??= { kind: 'usage', what, ...placeOf(option), next };
  }

  option(name: OptionName): GivenOption | undefined {
    return this.given.get(name);
  }

  has(name: OptionName): boolean {
    return this.given.has(name);
  }

  /** Whether both were given by the same hand: on the command line, or in one file. */
  together(a: OptionName, b: OptionName): boolean {
    const [first, second] = [this.given.get(a), this.given.get(b)];
    if (first === undefined || second === undefined) return false;
    return first.layer === second.layer && first.section === second.section;
  }

  /** The stronger of two options that were not given together. */
  stronger(a: OptionName, b: OptionName): OptionName {
    const names = [...this.given.keys()];
    return names.indexOf(a) > names.indexOf(b) ? a : b;
  }

  /** Drops an option that something stronger excludes. */
  without(name: OptionName): void {
    this.given = new Map([...this.given].filter(([given]) => given !== name));
  }

  flag(name: OptionName): boolean {
    return this.given.get(name)?.values.at(-1) === 'true';
  }

  list(name: OptionName): readonly string[] {
    return (this.given.get(name)?.values ?? [])
      .flatMap((value) => value.split(','))
      .map((value) => value.trim());
  }

  text(name: OptionName): string | undefined {
    return this.given.get(name)?.values.at(-1);
  }

  durationMs(name: OptionName, byDefault: number): number {
    return this.read(name, byDefault, readDuration);
  }

  choice<T extends string>(name: OptionName, choices: readonly T[], byDefault: T): T {
    return this.read(name, byDefault, (text) => {
      const chosen = choices.find((choice) => choice === text);
      return chosen
        ? ok(chosen)
        : fail(`is none of ${choices.join(', ')}${didYouMean(text, choices)}`);
    });
  }

  read<T, D>(name: OptionName, byDefault: D, parse: (text: string) => Result<T, string>): T | D {
    const option = this.given.get(name);
    const text = option?.values.at(-1);
    if (option === undefined || text === undefined) return byDefault;
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    this.firstFailure ??= wrong(option, text, parsed.failure);
    return byDefault;
  }
}

/** The place of an option as a failure shows it; nothing where nobody gave the option. */
const placeOf = (option: GivenOption | undefined): Pick<Failure, 'where' | 'place'> =>
  option ? { where: option.where, place: option.place } : {};

function wrong(option: GivenOption, text: string, why: string): Failure {
  return { kind: 'usage', what: `"${printable(text)}" ${why}`, ...placeOf(option) };
}

export function readDuration(text: string): Result<number, string> {
  const ms = parseDuration(text.trim());
  return ms === undefined
    ? fail('is no duration: write numbers with units, such as 90s, 5m or 1h30m')
    : ok(ms);
}

/** A whole number from `least` to `most`. */
export const readWhole =
  (least: number, most: number) =>
  (text: string): Result<number, string> => {
    const value = /^\d{1,12}$/.test(text.trim()) ? Number(text) : Number.NaN;
    return value >= least && value <= most
      ? ok(value)
      : fail(`is no whole number from ${least} to ${most}`);
  };
