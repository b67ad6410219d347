import type { GivenOptions } from '../config/options/options.ts';
import { stampEvent } from '../domain/events/event.ts';
import { exitCodeOf, type Failure, type Result } from '../domain/failure.ts';
import { rolloutId } from '../domain/rollout/rollout-id.ts';
import type { CommandContext } from '../domain/rollout/rollout-status.ts';
import { describeFailure } from '../reporters/wording.ts';
import type { Environment } from './environment.ts';

/** A reason to do nothing; thrown by commands, caught where the program runs them. */
export class Refusal extends Error {
  readonly failures: readonly Failure[];
  /** The options of a command that tells events, which end with one about the refusal. */
  readonly given: GivenOptions | undefined;

  constructor(failures: readonly Failure[], given?: GivenOptions) {
    super(failures.map(({ what }) => what).join('; '));
    this.failures = failures;
    this.given = given;
  }
}

/** The value, or a refusal. `given`: the options of a command that tells events. */
export function orRefuse<T>(
  result: Result<T, Failure | readonly Failure[]>,
  given?: GivenOptions,
): T {
  if (result.ok) return result.value;
  const { failure } = result;
  throw new Refusal('kind' in failure ? [failure] : failure, given);
}

/** Prints the reasons on stderr, and a last event for who reads events. Returns the exit code. */
export function printRefusal(
  env: Environment,
  { failures, given }: Refusal,
  commands: CommandContext = {},
): number {
  const exitCode = printFailures(env, failures, commands);
  if (given?.get('output')?.values.at(-1) === 'json') {
    const nowMs = Date.now();
    const message = failures.map((failure) => failure.what).join('; ');
    const refused = { type: 'finished', outcome: 'refused', exitCode, message } as const;
    env.out(`${JSON.stringify(stampEvent(refused, rolloutId(nowMs), nowMs))}\n`);
  }
  return exitCode;
}

/** Prints failures on stderr. Returns the exit code of the first. */
export function printFailures(
  env: Environment,
  failures: readonly Failure[],
  commands: CommandContext = {},
): number {
  for (const failure of failures) env.err(`${describeFailure(failure, commands)}\n`, 'error');
  env.tellFailures?.(failures, commands);
  const [first] = failures;
  return first ? exitCodeOf(first.kind) : 0;
}
