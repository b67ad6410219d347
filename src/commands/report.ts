import type { GivenOptions } from '../config/options.ts';
import type { Environment } from '../control/environment.ts';
import { printFailures } from '../control/refuse.ts';
import { examineReportFile, writeReportFile } from '../control/report-file.ts';
import { openTools } from '../control/resume/resume.ts';
import { printable } from '../domain/printable.ts';
import { readRecord } from '../record/read-record.ts';

/** `drain report ID [-o FILE]`: the page of a rollout, as far as it is; `-` is stdout. */
export async function reportCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string,
  saveAs: string | undefined,
): Promise<number> {
  const opened = await openTools(env, given);
  if ('exitCode' in opened) return opened.exitCode;
  const record = await readRecord(opened.store, rollout);
  if (!record.ok) return printFailures(env, [record.failure]);
  const { reportPage } = await import('../reporters/html/report-page.ts');
  const page = reportPage(record.value);
  if (saveAs === '-' || (saveAs === undefined && !env.stdoutIsTty)) {
    env.out(page);
    return 0;
  }
  const file = saveAs ?? `drain-${rollout}.html`;
  const possible = await examineReportFile(file);
  const written = possible.ok ? await writeReportFile(file, page) : possible;
  if (!written.ok) return printFailures(env, [written.failure]);
  env.err(`drain: the report is ${printable(file)}\n`);
  return 0;
}
