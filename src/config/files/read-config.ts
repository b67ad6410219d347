import { access } from 'node:fs/promises';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { type GivenOptions, textOf } from '../options/options.ts';
import { type Config, noConfig } from './config.ts';

/** The file that `--config` names, or the first of the usual ones that exists; none is no error. */
export async function readConfig(given: GivenOptions): Promise<Result<Config>> {
  const asked = textOf(given, 'config');
  const file = asked ?? (await firstExisting(['drain.yaml', '/etc/drain/drain.yaml']));
  if (file === undefined) return ok(noConfig);
  // The YAML reader and the schemas are half of what there is to load: only where there is a file.
  const { readText } = await import('./checked-file.ts');
  const { parseConfig } = await import('./config-file.ts');
  const text = await readText(file);
  if (text.ok) return parseConfig(text.value, file);
  const where = given.get('config')?.where;
  return fail({ ...text.failure, ...(where === undefined ? {} : { where }) });
}

async function firstExisting(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    try {
      await access(file);
      return file;
    } catch {
      // Not there: the next one.
    }
  }
  return undefined;
}
