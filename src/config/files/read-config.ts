import { access } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { obeyingUser } from '../../files/owned-files.ts';
import { type GivenOptions, layered, textOf } from '../options/options.ts';
import { type Config, noConfig } from './config.ts';

/** The file that `--config` names, or the first of the usual ones that exists; none is no error. */
export async function readConfig(given: GivenOptions): Promise<Result<Config>> {
  const asked = textOf(given, 'config');
  const file = asked ?? (await firstExisting(usualFiles));
  if (file === undefined) return ok(nowhere());
  // The YAML reader and the schemas are half of what there is to load: only where there is a file.
  const { readText } = await import('./checked-file.ts');
  const { parseConfig } = await import('./config-file.ts');
  const text = await readText(
    file,
    asked === undefined ? { obeyed: 'found', otherwise: otherwise(file) } : { obeyed: 'named' },
  );
  if (text.ok) {
    const config = parseConfig(text.value, file);
    return config.ok && file === inFolder ? ok(withItself(config.value)) : config;
  }
  const where = given.get('config')?.where;
  const looked = isAbsolute(file) ? {} : { next: `it was looked for at ${resolve(file)}` };
  return fail({ ...looked, ...text.failure, ...(where === undefined ? {} : { where }) });
}

const inFolder = 'drain.yaml';
const usualFiles = [inFolder, '/etc/drain/drain.yaml'];

/** For who misses a name: the places that were looked at. */
const nowhere = (): Config => ({
  ...noConfig,
  names: { ...noConfig.names, looked: usualFiles.map((file) => resolve(file)) },
});

/** Adds the option that names the file itself: in another working folder nobody finds it. */
const withItself = (config: Config): Config => ({
  ...config,
  defaults: layered(
    config.defaults,
    new Map([['config', { values: [resolve(inFolder)], layer: 'config-file', where: inFolder }]]),
  ),
});

/** A file that was only found can be named by whoever called sudo, or left out. */
const otherwise = (file: string): string =>
  obeyingUser({ isNamed: true }).sudoUid === undefined
    ? 'or leave it out: --config /dev/null'
    : `or name it, where it is yours: --config ${file}`;

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
