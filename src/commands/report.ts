import type { GivenOptions } from '../config/options.ts';
import { printable } from '../domain/printable.ts';
import { readRecord } from '../record/read-record.ts';
import type { Environment } from './environment.ts';
import { orRefuse } from './refusal.ts';
import { examineReportFile, writeReportFile } from './report-file.ts';
import { openTools } from './settings.ts';

/** `drain report ID [-o FILE]`: the page of a rollout, as far as it is; `-` is stdout. */
export async function reportCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string,
  saveAs: string | undefined,
): Promise<number> {
  const { store } = await openTools(env, given);
  const record = orRefuse(await readRecord(store, rollout));
  const { reportPage } = await import('../reporters/html/report-page.ts');
  const page = reportPage(record);
  if (saveAs === '-' || (saveAs === undefined && !env.stdoutIsTty)) {
    env.out(page);
    return 0;
  }
  const file = saveAs ?? `drain-${rollout}.html`;
  orRefuse(await examineReportFile(file));
  orRefuse(await writeReportFile(file, page));
  env.err(`drain: the report is ${printable(file)}\n`);
  return 0;
}
