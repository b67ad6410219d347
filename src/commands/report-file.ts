import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import type { CommandContext } from '../domain/rollout/rollout-status.ts';
import type { RolloutRecord } from '../record/rollout-record.ts';
import { writeGivenFile } from './written-file.ts';

/** `reports/{rollout}.html`, so that one setting does for every rollout. */
export const reportFileFor = (file: string, rollout: string): string =>
  file.replaceAll('{rollout}', rollout);

/** Whether a report could be written there, before there is one. */
export async function examineReportFile(file: string | undefined): Promise<Result<void>> {
  if (file === undefined) return ok(undefined);
  const name = reportFileFor(file, 'rollout');
  try {
    const there = await stat(name).catch(() => undefined);
    if (there?.isDirectory()) throw new Error('it is a folder');
    await access(dirname(name), constants.W_OK | constants.X_OK);
    return ok(undefined);
  } catch (error) {
    return fail(cannotWrite(name, error));
  }
}

/** Saves the report of a rollout. Returns the name of its file. */
export async function saveReport(
  file: string,
  record: RolloutRecord,
  commands: CommandContext,
): Promise<Result<string>> {
  const { reportPage } = await import('../reporters/html/report-page.ts');
  const name = reportFileFor(file, record.rollout);
  const written = await writeReportFile(name, reportPage(record, commands));
  return written.ok ? ok(name) : written;
}

/**
 * The whole page or nothing, readable for all that may by the process's umask: a report is made to be
 * shown around.
 */
export async function writeReportFile(file: string, page: string): Promise<Result<void>> {
  try {
    await writeGivenFile(file, page);
    return ok(undefined);
  } catch (error) {
    return fail(cannotWrite(file, error));
  }
}

const cannotWrite = (file: string, error: unknown): Failure => ({
  kind: 'usage',
  what: `the report cannot be written to ${printable(file)}: ${printable((error as Error).message)}`,
  where: '--report',
  next: 'give a file in a folder that is there and that you may write to',
});
