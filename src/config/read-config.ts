import { access } from 'node:fs/promises';
import { ok, type Result } from '../domain/failure.ts';
import { type Config, noConfig } from './config.ts';

/** The file that was asked for, or the first of the usual ones that exists; none is no error. */
export async function readConfig(asked: string | undefined): Promise<Result<Config>> {
  const file = asked ?? (await firstExisting(['drain.yaml', '/etc/drain/drain.yaml']));
  if (file === undefined) return ok(noConfig);
  // The YAML reader and the schemas are half of what there is to load: only where there is a file.
  const { readText } = await import('./checked-file.ts');
  const { parseConfig } = await import('./config-file.ts');
  const text = await readText(file);
  return text.ok ? parseConfig(text.value, file) : text;
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
