import { access } from 'node:fs/promises';
import { z } from 'zod';
import { ok, type Result } from '../domain/failure.ts';
import { checkYaml, readText } from './checked-file.ts';
import { givenIn, optionFields } from './option-fields.ts';
import type { GivenOptions } from './options.ts';
import type { KnownNames } from './server-names.ts';

/** What `drain.yaml` gives: names for servers, and options where nobody else gives them. */
export interface Config {
  readonly names: KnownNames;
  readonly defaults: GivenOptions;
}

const serverList = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]);

const configSchema = z.strictObject({
  names: z.record(z.string(), z.string()).default({}),
  groups: z.record(z.string(), serverList).default({}),
  defaults: z.strictObject(optionFields).default({}),
});

const noConfig: Config = { names: { names: new Map(), groups: new Map() }, defaults: new Map() };

/** The file that was asked for, or the first of the usual ones that exists; none is no error. */
export async function readConfig(asked: string | undefined): Promise<Result<Config>> {
  const file = asked ?? (await firstExisting(['drain.yaml', '/etc/drain/drain.yaml']));
  if (file === undefined) return ok(noConfig);
  const text = await readText(file);
  return text.ok ? parseConfig(text.value, file) : text;
}

export function parseConfig(text: string, file: string): Result<Config> {
  const checked = checkYaml(text, file, configSchema, (path) =>
    path.length === 0 ? Object.keys(configSchema.shape) : Object.keys(optionFields),
  );
  if (!checked.ok) return checked;
  const { source, value } = checked.value;
  return ok({
    names: {
      names: new Map(Object.entries(value.names)),
      groups: new Map(Object.entries(value.groups)),
    },
    defaults: givenIn(source, ['defaults'], value.defaults),
  });
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
