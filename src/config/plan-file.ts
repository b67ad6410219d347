import { z } from 'zod';
import { ok, type Result } from '../domain/failure.ts';
import { checkYaml } from './checked-file.ts';
import { givenIn, optionFields } from './option-fields.ts';
import type { GivenOptions } from './options.ts';

const planSchema = z.strictObject(optionFields);

/** A plan file in YAML: the options of the command line, in camelCase. */
export function parsePlanFile(text: string, file: string): Result<GivenOptions> {
  const checked = checkYaml(text, file, planSchema, () => Object.keys(optionFields));
  return checked.ok ? ok(givenIn(checked.value.source, [], checked.value.value)) : checked;
}
