import { textOf } from '../../config/options/options.ts';
import type { Failure } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { readRecord } from '../../record/read-record.ts';
import { commandsOf } from '../command-context.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { examineReportFile, writeReportFile } from '../report-file.ts';
import { openTools } from '../settings.ts';
import { out } from './rows.ts';

/**
 * `drain report ID [-o FILE]`: the page of a rollout, as far as it is; `-` is stdout. With `--output
 * json` the page goes to a file in any case, and stdout has an object that names the file.
 */
export const run: RunCommand = async (env, { given, operands: [word = ''] }) => {
  const saveAs = textOf(given, out.name);
  const { store, tools, rollout } = await openTools(env, given, { rollout: word });
  const isJson = tools.output === 'json';
  if (isJson && saveAs === '-') throw new Refusal([twoOnStdout], given);
  const record = orRefuse(await readRecord(store, rollout));
  const { reportPage } = await import('../../reporters/html/report-page.ts');
  const page = reportPage(record, commandsOf(tools));
  if (saveAs === '-' || (saveAs === undefined && !isJson && !env.stdoutIsTty)) {
    env.out(page, { kind: 'data' });
    return 0;
  }
  const file = saveAs ?? `drain-${rollout}.html`;
  orRefuse(await examineReportFile(file));
  orRefuse(await writeReportFile(file, page));
  if (isJson) {
    const at = new Date().toISOString();
    env.out(`${JSON.stringify({ v: 1, at, rollout, type: 'report-written', file })}\n`);
  } else env.err(`drain: the report is ${printable(file)}\n`);
  return 0;
};

const twoOnStdout: Failure = {
  kind: 'usage',
  what: 'the page and a line of JSON cannot both be on stdout',
  where: '--out -',
  next: 'name a file for the page, or give --output plain',
};
