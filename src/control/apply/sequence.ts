import type { GivenOptions } from '../../config/options.ts';
import { readRetirement } from '../../config/retirement-settings.ts';
import { readSettings } from '../../config/settings.ts';
import { fail, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { withConfig } from '../compile-plan.ts';
import type { Environment, OpenFleet } from '../environment.ts';
import { refuse } from '../refuse.ts';
import { examineReportFile } from '../report-file.ts';
import { applyOptions, isRetirement } from './retire.ts';

export interface SequenceFile {
  readonly file: string;
  /** `--start-at`: 1 is the first. */
  readonly startAt: string | undefined;
}

/**
 * The rollouts of a plan file one after the other, each with its own plan, made from the table as it
 * is by then, its own journal and id. The first that does not end with exit code 0 is the last.
 */
export async function runSequence(
  env: Environment,
  rollouts: readonly [GivenOptions, ...GivenOptions[]],
  { file, startAt = '1' }: SequenceFile,
): Promise<number> {
  const count = rollouts.length;
  const start = /^\d{1,6}$/.test(startAt) ? Number(startAt) : 0;
  if (start < 1 || start > count) {
    const what = `--start-at ${printable(startAt)} is none of the ${count} rollouts`;
    return refuse(env, rollouts[0], [{ kind: 'usage', what, where: printable(file) }]);
  }
  // A mistake in the last one is better known before the first one has changed anything.
  for (const given of rollouts.slice(start - 1)) {
    const read = await readable(given);
    if (!read.ok) return refuse(env, given, [read.failure]);
  }
  const shared = { ...env, openDirectors: sharing(env.openDirectors) };
  for (const [index, given] of rollouts.entries()) {
    const number = index + 1;
    if (number < start) continue;
    const exitCode = await applyOptions(shared, given);
    if (exitCode === 0) continue;
    env.err(stoppedLines({ file: printable(file), number, count, exitCode }));
    return exitCode;
  }
  return 0;
}

async function readable(given: GivenOptions): Promise<Result<void>> {
  const configured = await withConfig(given);
  if (!configured.ok) return configured;
  const read = isRetirement(given) ? readRetirement : readSettings;
  const settings = read(configured.value.given);
  return settings.ok ? examineReportFile(settings.value.tools.report) : fail(settings.failure);
}

/** All on the same directors: one that is simulated has a table that only it knows. */
function sharing(open: Environment['openDirectors']): Environment['openDirectors'] {
  const opened = new Map<string, Promise<Result<OpenFleet>>>();
  return (specs, pace) => {
    const key = JSON.stringify([specs, pace]);
    const fleet = opened.get(key) ?? open(specs, pace);
    opened.set(key, fleet);
    return fleet;
  };
}

interface Stopped {
  readonly file: string;
  readonly number: number;
  readonly count: number;
  readonly exitCode: number;
}

function stoppedLines({ file, number, count, exitCode }: Stopped): string {
  const after = count - number;
  const rest =
    after === 0 ? '' : `, and the ${after} after it ${after === 1 ? 'has' : 'have'} not begun`;
  const lines = [
    `drain: rollout ${number} of ${count} in ${file} ended with exit code ${exitCode}${rest}`,
    `  again:    drain apply ${file} --start-at ${number}`,
    ...(after === 0 ? [] : [`  the rest: drain apply ${file} --start-at ${number + 1}`]),
  ];
  return `${lines.join('\n')}\n`;
}
