import type { GivenOptions } from '../config/options.ts';
import { exitCodeOf, type Failure } from '../domain/failure.ts';
import { rolloutId } from '../domain/rollout-id.ts';
import { stampEvent } from '../domain/stamp-event.ts';
import { describeFailure } from '../reporters/wording.ts';
import type { Environment } from './environment.ts';

/** There is no rollout: the reasons on stderr, and a last event for those who read events. */
export function refuse(
  env: Environment,
  given: GivenOptions,
  failures: readonly Failure[],
): number {
  const exitCode = printFailures(env, failures);
  if (given.get('output')?.values.at(-1) === 'json') {
    const nowMs = Date.now();
    const message = failures.map((failure) => failure.what).join('; ');
    const refused = { type: 'finished', outcome: 'refused', exitCode, message } as const;
    env.out(`${JSON.stringify(stampEvent(refused, rolloutId(nowMs), nowMs))}\n`);
  }
  return exitCode;
}

/** Failures on stderr; the exit code of the first. */
export function printFailures(env: Environment, failures: readonly Failure[]): number {
  for (const failure of failures) env.err(`${describeFailure(failure)}\n`);
  env.tellFailures?.(failures);
  const [first] = failures;
  return first ? exitCodeOf(first.kind) : 0;
}
