import { z } from 'zod';
import { ok, type Result } from '../domain/failure.ts';
import { checkYaml } from './checked-file.ts';
import type { Config } from './config.ts';
import { givenIn, optionFields } from './option-fields.ts';

const serverList = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]);

const configSchema = z.strictObject({
  names: z.record(z.string(), z.string()).default({}),
  groups: z.record(z.string(), serverList).default({}),
  defaults: z.strictObject(optionFields).default({}),
});

/** Names, groups and defaults, held against the schema. */
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
