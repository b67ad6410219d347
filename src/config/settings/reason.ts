import { longestReason } from '../../domain/actor/actor.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { GivenOptions } from '../options/options.ts';
import { OptionReader } from '../options/read-values.ts';

/** `--reason` on one line and fit to be shown; `undefined` where none was given. */
export function readReason(given: GivenOptions): Result<string | undefined> {
  const reader = new OptionReader(given);
  const reason = reader.read('reason', undefined, parseReason);
  const failure = reader.failure();
  return failure ? fail(failure) : ok(reason);
}

function parseReason(text: string): Result<string, string> {
  // The message of a commit has lines.
  const line = printable(text.replace(/\s+/g, ' ').trim(), Number.POSITIVE_INFINITY);
  if (line === '') return fail('is no reason: say in a few words why');
  return line.length > longestReason
    ? fail(`is longer than ${longestReason} characters: say it in short, with a link to the rest`)
    : ok(line);
}
